// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether a try that failed may be repeated on another peer (S-15). Pure: everything it depends on is a parameter.

#include <cstdint>
#include <optional>

#include "shared/base/clock.h"
#include "shared/base/failure.h"
#include "shared/config/settings.h"
#include "worker/codec/http1_request.h"
#include "worker/upstream/upstream_metrics.h"

namespace weir {

// What has happened so far to the exchange whose try failed.
struct TryState {
  uint32_t tries = 1;          // begun so far, this one included
  bool stale = false;          // a reused connection failed unanswered: permits one more
  bool request_sent = false;   // any byte of it was written in this try
  bool body_consumed = false;  // bytes of its body were taken from the client, and are not kept
  Method method = Method::Get;
  Milliseconds elapsed{};  // since the first try began
};

// proxy_next_upstream names the failure.
bool isRetriable(const NextUpstreamSetting& setting, Cause cause);
// proxy_next_upstream names the status.
bool isRetriable(const NextUpstreamSetting& setting, uint16_t status);
// Another peer may know better, but this one did nothing wrong by refusing or not knowing (S-14).
bool isPeersFault(uint16_t status);

// nullopt: the try may be repeated; else why not. REQUIRES: the failure is retriable
std::optional<RetryDenial> whyNotRetry(const HttpSettings& http, const TryState& state);

}  // namespace weir
