// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/passive_health.h"

namespace weir {
namespace {

int64_t microseconds(Instant time) { return time.time_since_epoch().count(); }

}  // namespace

// What was counted in own cells is left behind: it is of the worker's first moments, or of a full segment.
bool PassiveHealth::settle(Segment& segment, std::string_view upstream, std::string_view peer) {
  if (!listed_.settle(segment, Metric::UpstreamPeerHealth, {upstream, peer})) return false;
  if (!listed_.exclusive() || cells_ != own_.data()) return true;
  cells_ = segment.sharedCells() + listed_.cell();
  for (PeerField field : {PeerField::MaxFails, PeerField::Weight, PeerField::Down})
    cell(field).store(own_[static_cast<size_t>(field)].load(std::memory_order_relaxed), std::memory_order_relaxed);
  return true;
}

void PassiveHealth::list(const Segment& segment, bool listed) {
  if (listed && listed_.total(segment) == 0) forgive(0);
  listed_.add(listed ? 1 : -1);
}

void PassiveHealth::configure(const FailurePolicy& policy, int64_t weight, bool down) {
  cell(PeerField::MaxFails).store(policy.max_fails, std::memory_order_relaxed);
  cell(PeerField::Weight).store(weight, std::memory_order_relaxed);
  cell(PeerField::Down).store(down ? 1 : 0, std::memory_order_relaxed);
}

bool PassiveHealth::claimProbe(Instant now, const FailurePolicy& policy) {
  int64_t checked = cell(PeerField::CheckedAt).load(std::memory_order_relaxed);
  if (microseconds(now) - checked <= Microseconds(policy.fail_timeout).count()) return !failing(policy);
  const bool first = cell(PeerField::CheckedAt).compare_exchange_strong(checked, microseconds(now));
  return first || !failing(policy);
}

// The times come first: who sees the count sees when.
uint32_t PassiveHealth::failed(Instant now, uint32_t at_most) {
  cell(PeerField::FailedAt).store(microseconds(now), std::memory_order_relaxed);
  cell(PeerField::CheckedAt).store(microseconds(now), std::memory_order_relaxed);
  Cell& fails = cell(PeerField::Fails);
  int64_t seen = fails.load(std::memory_order_relaxed);
  while (seen < at_most && !fails.compare_exchange_weak(seen, seen + 1)) {
  }
  return seen < at_most ? static_cast<uint32_t>(seen + 1) : 0;
}

// Only the success of a request that began after the last failure says that the peer is well (S-13).
uint32_t PassiveHealth::forgiveAll() {
  if (time(PeerField::FailedAt) >= time(PeerField::CheckedAt)) return 0;
  return static_cast<uint32_t>(cell(PeerField::Fails).exchange(0));
}

bool PassiveHealth::forgive(uint32_t at_most) {
  Cell& fails = cell(PeerField::Fails);
  int64_t seen = fails.load(std::memory_order_relaxed);
  while (seen > at_most && !fails.compare_exchange_weak(seen, at_most)) {
  }
  return seen > at_most;
}

}  // namespace weir
