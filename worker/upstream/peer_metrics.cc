// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/peer_metrics.h"

#include <fmt/format.h>

#include "shared/stats/peer_record.h"

namespace weir {
namespace {

template <class Cache>
CellIndex lookUp(Segment& segment, Metric metric, const LabelValues& labels, Cache& cache, uint16_t key) {
  const Lookup found = segment.lookup(metric, labels);
  if (found.settled) cache.remember(key, found.index);
  return found.index;
}

}  // namespace

PeerMetrics::PeerMetrics(Segment& segment, std::string_view upstream, std::string_view peer)
    : segment_(segment), upstream_(upstream), peer_(peer) {
  settle();
}

bool PeerMetrics::findCells() {
  bool all_settled = true;
  auto find = [&](Metric metric, const LabelValues& labels) {
    const Lookup found = segment_.lookup(metric, labels);
    all_settled &= found.settled;
    return found.index;
  };
  auto findChange = [&](PeerState to) {
    return find(Metric::UpstreamStateChangesTotal, {upstream_, peer_, peerStateName(to), "passive"});
  };
  opened_ = find(Metric::UpstreamConnectionsOpenedTotal, {upstream_, peer_});
  reused_ = find(Metric::UpstreamConnectionsReusedTotal, {upstream_, peer_});
  unavailable_ = findChange(PeerState::Unavailable);
  up_ = findChange(PeerState::Up);
  all_settled &= active.settle(segment_, Metric::UpstreamConnections, {upstream_, peer_, "active"});
  all_settled &= idle.settle(segment_, Metric::UpstreamConnections, {upstream_, peer_, "idle"});
  return all_settled;
}

void PeerMetrics::count(Codes& cache, Metric metric, uint16_t status) {
  CellIndex cell = cache.find(status);
  if (cell == Codes::kUnknown) {
    const fmt::format_int code(status);
    cell = lookUp(segment_, metric, {upstream_, peer_, {code.data(), code.size()}}, cache, status);
  }
  stats::add(cell);
}

void PeerMetrics::count(Causes& cache, Metric metric, Cause cause) {
  const auto key = static_cast<uint16_t>(cause);
  CellIndex cell = cache.find(key);
  if (cell == Causes::kUnknown) cell = lookUp(segment_, metric, {upstream_, peer_, rowOf(cause).name}, cache, key);
  stats::add(cell);
}

}  // namespace weir
