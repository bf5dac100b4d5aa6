// SPDX-License-Identifier: Apache-2.0
#pragma once
// UpstreamMetrics: the rows of weir_upstream_* without a peer label. Part of an Upstream.

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/failure.h"
#include "shared/stats/segment.h"
#include "shared/stats/slot.h"
#include "worker/upstream/cell_cache.h"

namespace weir {

// Why a failed try was not repeated (S-15, S-16).
enum class RetryDenial : uint8_t { NonIdempotent, Budget, Tries, Timeout, Body };
std::string_view retryDenialName(RetryDenial reason);

class UpstreamMetrics {
 public:
  UpstreamMetrics(Segment& segment, std::string_view upstream);

  stats::Histogram request_duration;  // choice of the peer .. end of its response
  stats::Histogram connect_duration;
  stats::Histogram header_duration;  // choice of the peer .. complete response head

  void countNoLive() { stats::add(no_live_); }
  // Another try follows the one that failed by this cause, or by a status (Cause::None) that proxy_next_upstream names.
  void countRetry(Cause cause);
  void countDenied(RetryDenial reason);

  // Asks for the series that a busy directory withheld. Cheap once it has them all.
  void settle() {
    if (!settled_) settled_ = findCells();
  }

 private:
  bool findCells();

  Segment& segment_;
  std::string upstream_;
  bool settled_ = false;
  CellIndex no_live_ = 0;
  CellCache<12> retries_;
  CellCache<5> denials_;
};

}  // namespace weir
