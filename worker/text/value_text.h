// SPDX-License-Identifier: Apache-2.0
#pragma once
// How values are written in logs and in what variables make.

#include <algorithm>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>

#include "shared/base/address.h"
#include "shared/base/clock.h"

namespace weir {

inline void appendNumber(std::integral auto number, std::string& to) {
  char digits[24];
  to.append(digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits));
}

// The 4 or 16 bytes of an address; nothing of a unix socket's.
inline void appendBinaryIp(const Address& address, std::string& to) {
  size_t size = address.family() == AF_INET ? 4 : address.family() == AF_INET6 ? 16 : 0;
  to.append(reinterpret_cast<const char*>(address.bytes().data()), size);
}

// "1.042": seconds with milliseconds, as nginx writes times. A negative time is 0.
inline void appendSeconds(Microseconds time, std::string& to) {
  auto milliseconds = std::max<int64_t>(0, time.count() / 1000);
  appendNumber(milliseconds / 1000, to);
  auto rest = static_cast<int>(milliseconds % 1000);
  to.append({'.', static_cast<char>('0' + rest / 100), static_cast<char>('0' + rest / 10 % 10),
             static_cast<char>('0' + rest % 10)});
}

}  // namespace weir
