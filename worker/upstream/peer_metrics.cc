// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/peer_metrics.h"

#include <fmt/format.h>

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
  const Lookup opened = segment_.lookup(Metric::UpstreamConnectionsOpenedTotal, {upstream_, peer_});
  const Lookup reused = segment_.lookup(Metric::UpstreamConnectionsReusedTotal, {upstream_, peer_});
  opened_ = opened.index;
  reused_ = reused.index;
  const bool has_active = active.settle(segment_, Metric::UpstreamConnections, {upstream_, peer_, "active"});
  const bool has_idle = idle.settle(segment_, Metric::UpstreamConnections, {upstream_, peer_, "idle"});
  return opened.settled && reused.settled && has_active && has_idle;
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
