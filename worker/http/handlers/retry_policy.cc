// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/retry_policy.h"

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

std::optional<RetryDenial> whyNotRetry(const HttpSettings& http, const TryState& state) {
  uint32_t allowed = http.proxy_next_upstream_tries + (state.stale ? 1 : 0);
  if (http.proxy_next_upstream_tries > 0 && state.tries >= allowed) return RetryDenial::Tries;
  Milliseconds limit = http.proxy_next_upstream_timeout;
  if (limit.count() > 0 && state.elapsed >= limit) return RetryDenial::Timeout;
  if (state.body_consumed) return RetryDenial::Body;
  if (state.request_sent && !isIdempotent(state.method) && !http.proxy_next_upstream.non_idempotent)
    return RetryDenial::NonIdempotent;
  return std::nullopt;
}

}  // namespace weir
