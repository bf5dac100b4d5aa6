// SPDX-License-Identifier: Apache-2.0
#pragma once
// TryLimits: proxy_next_upstream_tries and _timeout: how many peers one request or session may try, and for how long.

#include <cstdint>
#include <optional>

#include "shared/base/clock.h"
#include "worker/upstream/upstream_metrics.h"

namespace weir {

struct TryLimits {
  uint32_t tries = 0;   // 0: no limit
  Milliseconds time{};  // 0: no limit

  // Why there may be no other try after so many that were begun; nullopt: there may.
  std::optional<RetryDenial> deny(uint32_t begun, Milliseconds elapsed) const {
    if (tries > 0 && begun >= tries) return RetryDenial::Tries;
    if (time.count() > 0 && elapsed >= time) return RetryDenial::Timeout;
    return std::nullopt;
  }
};

}  // namespace weir
