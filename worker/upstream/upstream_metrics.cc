// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/upstream_metrics.h"

#include <array>

namespace weir {
namespace {

constexpr std::array<std::string_view, 5> kDenials{"non_idempotent", "budget", "tries", "timeout", "body"};

template <class Cache>
void count(Segment& segment, Metric metric, const LabelValues& labels, Cache& cache, uint16_t key) {
  CellIndex cell = cache.find(key);
  if (cell == Cache::kUnknown) {
    const Lookup found = segment.lookup(metric, labels);
    cell = found.index;
    if (found.settled) cache.remember(key, cell);
  }
  stats::add(cell);
}

}  // namespace

std::string_view retryDenialName(RetryDenial reason) { return kDenials[static_cast<size_t>(reason)]; }

UpstreamMetrics::UpstreamMetrics(Segment& segment, std::string_view upstream) : segment_(segment), upstream_(upstream) {
  settle();
}

bool UpstreamMetrics::findCells() {
  bool all_settled = true;
  auto find = [&](Metric metric) {
    const Lookup found = segment_.lookup(metric, {upstream_});
    all_settled &= found.settled;
    return found.index;
  };
  auto histogram = [&](Metric metric) { return stats::Histogram(metric, find(metric)); };
  request_duration = histogram(Metric::UpstreamRequestDurationSeconds);
  connect_duration = histogram(Metric::UpstreamConnectDurationSeconds);
  header_duration = histogram(Metric::UpstreamHeaderDurationSeconds);
  no_live_ = find(Metric::UpstreamNoLiveTotal);
  // Of a closed set: an alert sees the first one only in a series that was there before.
  for (std::string_view reason : kDenials) segment_.lookup(Metric::UpstreamRetriesDeniedTotal, {upstream_, reason});
  return all_settled;
}

void UpstreamMetrics::countRetry(Cause cause) {
  const std::string_view reason = cause == Cause::None ? "status" : rowOf(cause).name;
  count(segment_, Metric::UpstreamRetriesTotal, {upstream_, reason}, retries_, static_cast<uint16_t>(cause));
}

void UpstreamMetrics::countDenied(RetryDenial reason) {
  count(segment_, Metric::UpstreamRetriesDeniedTotal, {upstream_, retryDenialName(reason)}, denials_,
        static_cast<uint16_t>(reason));
}

}  // namespace weir
