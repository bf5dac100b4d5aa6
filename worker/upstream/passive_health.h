// SPDX-License-Identifier: Apache-2.0
#pragma once
// PassiveHealth: what the outcome of requests says about a peer, known to all workers alike: failures that one of them
// sees keep the others away, and one of them alone sends the request that tries again (S-12, S-13). Part of a Peer. The
// cells are a PeerRecord of the segment; until settle() finds it, or where there is no room, cells of the worker's own.
// No cell is locked: a worker that dies in here leaves nothing to repair.

#include <array>
#include <cstdint>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/stats/peer_record.h"
#include "shared/stats/segment.h"
#include "worker/upstream/shared_gauge.h"

namespace weir {

// When a peer counts as failed (S-12, S-13).
struct FailurePolicy {
  uint32_t max_fails = 3;  // 0: never
  Milliseconds fail_timeout{10000};
};

class PassiveHealth {
 public:
  PassiveHealth() = default;
  PassiveHealth(const PassiveHealth&) = delete;
  PassiveHealth& operator=(const PassiveHealth&) = delete;

  // Finds the record that the workers share. False: ask again later.
  bool settle(Segment& segment, std::string_view upstream, std::string_view peer);

  // What the configuration in use says of the peer, for the metrics.
  void configure(const FailurePolicy& policy, int64_t weight, bool down);
  // This worker has the peer in the set that serves, or no longer. A peer that no worker has is not shown, and comes
  // back without its old failures.
  void list(const Segment& segment, bool listed);

  uint32_t fails() const { return static_cast<uint32_t>(cell(PeerField::Fails).load(std::memory_order_relaxed)); }
  Instant failedAt() const { return time(PeerField::FailedAt); }
  // Failed too often, whether or not it is time to try again; only a success ends that.
  bool failing(const FailurePolicy& policy) const { return policy.max_fails != 0 && fails() >= policy.max_fails; }
  // Failing, and not yet time to try again (S-13).
  bool ejected(Instant now, const FailurePolicy& policy) const {
    return failing(policy) && now - time(PeerField::CheckedAt) <= policy.fail_timeout;
  }
  // A request is to go there; of a failing peer's, it is the probe, and others stay away for fail_timeout. False:
  // another worker was faster to send its probe.
  bool claim(Instant now, const FailurePolicy& policy) { return fails() == 0 || claimProbe(now, policy); }
  // at_most: where the count stops; below max_fails it keeps the peer in use. Gives the count where this call changed
  // it, else 0.
  uint32_t failed(Instant now, uint32_t at_most);
  // Gives the failures that are forgiven by it.
  uint32_t succeeded() { return fails() == 0 ? 0 : forgiveAll(); }
  // Lowers the count to this. False: it was no higher, or another worker has done it.
  bool forgive(uint32_t at_most);

 private:
  Cell& cell(PeerField field) { return cells_[static_cast<size_t>(field)]; }
  const Cell& cell(PeerField field) const { return cells_[static_cast<size_t>(field)]; }
  Instant time(PeerField field) const { return Instant(Microseconds(cell(field).load(std::memory_order_relaxed))); }
  bool claimProbe(Instant now, const FailurePolicy& policy);
  uint32_t forgiveAll();

  std::array<Cell, kRecordCells> own_{};
  Cell* cells_ = own_.data();
  SharedGauge listed_;
};

}  // namespace weir
