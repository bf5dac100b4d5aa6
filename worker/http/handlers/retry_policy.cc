// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/retry_policy.h"

#include "worker/upstream/try_limits.h"

namespace weir {
namespace {

// RFC 9110 9.2.2, with nginx's list of methods that are not repeated.
bool isIdempotent(Method method) {
  switch (method) {
    case Method::Post:
    case Method::Patch:
    case Method::Lock:
    case Method::Connect:
    case Method::Other:
      return false;
    default:
      return true;
  }
}

}  // namespace

bool isRetriable(const NextUpstreamSetting& setting, Cause cause) {
  switch (rowOf(cause).retry) {
    case RetryClass::Error:
      return setting.error;
    case RetryClass::Timeout:
      return setting.timeout;
    case RetryClass::InvalidHeader:
      return setting.invalid_header;
    case RetryClass::Never:
      return false;
  }
  return false;
}

bool isRetriable(const NextUpstreamSetting& setting, uint16_t status) {
  switch (status) {
    case 403:
      return setting.http_403;
    case 404:
      return setting.http_404;
    case 429:
      return setting.http_429;
    case 500:
      return setting.http_500;
    case 502:
      return setting.http_502;
    case 503:
      return setting.http_503;
    case 504:
      return setting.http_504;
    default:
      return false;
  }
}

bool isPeersFault(uint16_t status) { return status != 403 && status != 404; }

std::optional<RetryDenial> whyNotRetry(const HttpSettings& http, const TryState& state) {
  TryLimits limits{http.proxy_next_upstream_tries, http.proxy_next_upstream_timeout};
  if (auto denied = limits.deny(state.tries - (state.stale ? 1 : 0), state.elapsed)) return denied;
  if (state.body_consumed) return RetryDenial::Body;
  if (state.request_sent && !isIdempotent(state.method) && !http.proxy_next_upstream.non_idempotent)
    return RetryDenial::NonIdempotent;
  return std::nullopt;
}

}  // namespace weir
