// SPDX-License-Identifier: Apache-2.0
#pragma once
// HandshakeFault: why a handshake failed. The names are the label `reason` of weir_tls_handshake_failures_total.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace weir {

enum class HandshakeFault : uint8_t {
  None,
  Closed,       // the other side ended the connection
  Reset,        // or broke it
  Timeout,      // not done within ssl_handshake_timeout
  PlainHttp,    // a request without TLS
  Protocol,     // not TLS, or not as it should be
  Version,      // no version in common
  Cipher,       // no cipher, curve, signature or protocol (ALPN) in common
  Rejected,     // ssl_reject_handshake
  Alert,        // the other side refused: of our certificate, mostly
  Certificate,  // the other side's certificate is not good
  Evicted,      // at worker_connections, for another client
  Stopped,      // the worker ends
  Memory,
  kCount,
};

inline constexpr std::array<std::string_view, static_cast<size_t>(HandshakeFault::kCount)> kHandshakeFaults{
    "none",     "closed",   "reset", "timeout",     "plain_http", "protocol", "version",
    "no_match", "rejected", "alert", "certificate", "evicted",    "stopped",  "out_of_memory"};

constexpr std::string_view nameOf(HandshakeFault fault) { return kHandshakeFaults[static_cast<size_t>(fault)]; }

}  // namespace weir
