// SPDX-License-Identifier: Apache-2.0
#pragma once
// Peer: one address of one upstream as this worker knows it: load, passive health, counters, idle connections. Found
// again by address after a reload or a DNS change, and kept while a PeerSet or a Lease refers to it. What a
// configuration gives it (weight, limits) is in PeerEntry, because that may differ from one configuration to the next.

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/list.h"
#include "shared/base/ref.h"
#include "worker/upstream/peer_connection.h"
#include "worker/upstream/peer_metrics.h"

namespace weir {

// When a peer counts as failed (S-12, S-13).
struct FailurePolicy {
  uint32_t max_fails = 3;  // 0: never
  Milliseconds fail_timeout{10000};
};

class Peer final : public Counted {
 public:
  Peer(std::string_view upstream, const Address& address, Segment& segment);

  const Address& address() const { return address_; }
  const std::string& name() const { return metrics_.peer(); }  // "127.0.0.1:8081", the metric label
  PeerMetrics& metrics() { return metrics_; }

  // Requests and sessions in progress, over all workers.
  int64_t load() const { return metrics_.active.total(metrics_.segment()); }
  void begin() {
    metrics_.settle();
    metrics_.active.add(1);
  }
  void end() { metrics_.active.add(-1); }

  // Failed too often, whether or not it is time to try again; only a success ends that.
  bool failing(const FailurePolicy& policy) const { return policy.max_fails != 0 && fails_ >= policy.max_fails; }
  // Failing, and not yet time to try again (S-13).
  bool ejected(Instant now, const FailurePolicy& policy) const {
    return failing(policy) && now - checked_ <= policy.fail_timeout;
  }
  // A request goes there now; of a failing peer's, this one is the probe, and others stay away for fail_timeout.
  void chosen(Instant now, const FailurePolicy& policy) {
    if (now - checked_ > policy.fail_timeout) checked_ = now;
  }
  // at_most: where the count stops; below max_fails it keeps the peer in use.
  void failed(Instant now, uint32_t at_most);
  void succeeded() {
    if (accessed_ < checked_) fails_ = 0;
  }
  uint32_t fails() const { return fails_; }
  Instant lastFailure() const { return accessed_; }
  // Lowers the count to this.
  void forgive(uint32_t fails);

  // In the set that serves now: connections to it may wait for another request.
  bool listed() const { return listed_; }
  void setListed(bool listed) { listed_ = listed; }

 private:
  friend class ConnectionPool;

  Address address_;
  PeerMetrics metrics_;
  List<PeerConnection, ByPeer> idle_;  // most recently used first
  bool listed_ = false;
  uint32_t fails_ = 0;
  Instant accessed_{};  // when it failed last
  Instant checked_{};   // when it failed or was probed last
};

}  // namespace weir
