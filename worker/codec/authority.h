// SPDX-License-Identifier: Apache-2.0
#pragma once
// host[:port] of a Host field or a request target (RFC 3986 3.2, RFC 9110 7.2).

#include <cstdint>
#include <string_view>

namespace weir {

struct Authority {
  std::string_view host;  // with the brackets of an IPv6 address; case and trailing dot as received
  uint16_t port = 0;
  bool has_port = false;  // false also for "host:", whose empty port RFC 3986 allows
};

// False unless text is a reg-name, an IPv4 or a bracketed IPv6 address, with or without a port of 0..65535. An empty
// host, user information and IPvFuture are refused. floor: bytes from there on may be read, which makes short texts
// cheaper; by default the text's first.
bool parseAuthority(std::string_view text, Authority& authority, const char* floor = nullptr);

}  // namespace weir
