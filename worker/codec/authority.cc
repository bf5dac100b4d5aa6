// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/authority.h"

#include <arpa/inet.h>

#include <array>

#include "worker/codec/byte_scan.h"

namespace weir {
namespace {

// Where the reg-name or IPv4 address that begins at `at` ends.
size_t regNameEnd(const char* base, size_t at, size_t end) {
  const auto escapes = [end, base](size_t i) {
    return base[i] == '%' && end - i > 2 && isIn(base[i + 1], kHexDigit) && isIn(base[i + 2], kHexDigit);
  };
  for (;; ++at) {
    at = scanTo<PlainStop>(base, at, end);
    if (at == end || (!isIn(base[at], kRegNameByte) && !escapes(at))) return at;
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
  const char* base = floor == nullptr ? text.data() : floor;
  const size_t begin = static_cast<size_t>(text.data() - base);
  const size_t size =
      text.starts_with('[') ? bracketedSize(text) : regNameEnd(base, begin, begin + text.size()) - begin;
  authority = {text.substr(0, size)};
  if (size == 0) return false;
  return size == text.size() || (text[size] == ':' && parsePort(text.substr(size + 1), authority));
}

}  // namespace weir
