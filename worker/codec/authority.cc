// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/authority.h"

#include <arpa/inet.h>

#include <array>

#include "worker/codec/byte_scan.h"

namespace weir {
namespace {

// Where the reg-name or IPv4 address that begins at p ends.
const char* regNameEnd(const char* floor, const char* p, const char* end) {
  const auto escapes = [end](const char* c) {
    return *c == '%' && end - c > 2 && isIn(c[1], kHexDigit) && isIn(c[2], kHexDigit);
  };
  for (;;) {
    p = scanTo<PlainStop>(floor, p, end);
    if (p == end || (!isIn(*p, kRegNameByte) && !escapes(p))) return p;
    ++p;
  }
}

// The size of "[address]" at the front, 0 when it is none.
size_t bracketedSize(std::string_view text) {
  const size_t close = text.find(']');
  std::array<char, INET6_ADDRSTRLEN> address{};
  if (close == std::string_view::npos || close - 1 >= address.size()) return 0;
  text.substr(1, close - 1).copy(address.data(), close - 1);
  in6_addr parsed;
  return inet_pton(AF_INET6, address.data(), &parsed) == 1 ? close + 1 : 0;
}

bool parsePort(std::string_view digits, Authority& authority) {
  constexpr size_t kMostDigits = 5;
  authority.has_port = !digits.empty();
  uint32_t port = 0;
  for (const char c : digits) {
    if (!isDigit(c)) return false;
    port = port * 10 + static_cast<uint32_t>(c - '0');
  }
  authority.port = static_cast<uint16_t>(port);
  return digits.size() <= kMostDigits && port <= UINT16_MAX;
}

}  // namespace

bool parseAuthority(std::string_view text, Authority& authority, const char* floor) {
  const char* begin = text.data();
  const char* end = begin + text.size();
  const bool bracketed = text.starts_with('[');
  const char* host_end =
      bracketed ? begin + bracketedSize(text) : regNameEnd(floor == nullptr ? begin : floor, begin, end);
  authority = {{begin, host_end}};
  if (host_end == begin) return false;
  return host_end == end || (*host_end == ':' && parsePort({host_end + 1, end}, authority));
}

}  // namespace weir
