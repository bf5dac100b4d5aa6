// SPDX-License-Identifier: Apache-2.0
#pragma once
// The door of prometheus-cpp: a Segment as the Prometheus text format 0.0.4. For the monitor only; it allocates per
// sample and reads /proc, which a process with traffic must not.

#include <string>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/stats/segment.h"
#include "worker/monitor/accept_queues.h"

namespace weir {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// One scrape: its time by both clocks, how long the rendering before it took, and what the kernel says of queues.
struct Scrape {
  Instant now;
  WallTime wall;
  Microseconds previous{0};
  AcceptQueues queues{};
};

std::string renderMetrics(const Segment& segment, const Scrape& scrape);

}  // namespace weir
