// SPDX-License-Identifier: Apache-2.0
#pragma once
// OcspFault: what became of an OCSP response that was asked for. The names are the label `result` of
// weir_tls_ocsp_fetches_total.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

enum class OcspFault : uint8_t {
  None,
  Resolve,     // the responder's name has no address
  Connect,     // no connection to it
  Timeout,     // no whole answer in time
  Http,        // an answer that is no HTTP, or not 200 with an OCSP response
  Malformed,   // not DER of such a response
  Refused,     // it says that it will not or cannot tell
  Unverified,  // the signature is not good
  Mismatch,    // it is about other certificates
  NotGood,     // the certificate is revoked, or not known
  Stale,       // not valid yet or any more
  TooLarge,    // no room for it
  kCount,
};

inline constexpr std::array<std::string_view, static_cast<size_t>(OcspFault::kCount)> kOcspFaults{
    "ok",      "resolve",    "connect",  "timeout",  "http",  "malformed",
    "refused", "unverified", "mismatch", "not_good", "stale", "too_large"};

constexpr std::string_view nameOf(OcspFault fault) { return kOcspFaults[static_cast<size_t>(fault)]; }

}  // namespace weir
