// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/stream_metrics.h"

#include <utility>

namespace weir {

StreamMetrics::StreamMetrics(Segment& segment, std::string listener)
    : segment_(segment),
      listener_(std::move(listener)),
      active_(segment.series(Metric::StreamSessionsActive, {listener_})),
      duration_(Metric::StreamSessionDurationSeconds,
                segment.series(Metric::StreamSessionDurationSeconds, {listener_})) {}

void StreamMetrics::ended(const SessionRecord& session) {
  if (upstream_ != session.upstream || complete_ == 0) {
    upstream_ = session.upstream;
    complete_ = segment_.series(Metric::StreamSessionsTotal, {listener_, upstream_, rowOf(Cause::None).name});
    bytes_in_ = segment_.series(Metric::StreamBytesTotal, {listener_, upstream_, "in"});
    bytes_out_ = segment_.series(Metric::StreamBytesTotal, {listener_, upstream_, "out"});
  }
  bool complete = session.cause == Cause::None;
  stats::add(complete
                 ? complete_
                 : segment_.series(Metric::StreamSessionsTotal, {listener_, upstream_, rowOf(session.cause).name}));
  stats::add(bytes_in_, static_cast<int64_t>(session.received));
  stats::add(bytes_out_, static_cast<int64_t>(session.sent));
  stats::add(active_, -1);
  duration_.observe(session.loop.now() - session.begun);
}

}  // namespace weir
