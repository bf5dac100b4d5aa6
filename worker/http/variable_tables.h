// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tables of variables by where a value comes from, and how their values are written. For the files of the tables
// and for variables.cc only.

#include <algorithm>
#include <charconv>
#include <concepts>
#include <span>
#include <string>

#include "shared/base/clock.h"
#include "worker/http/variables.h"

namespace weir {

std::span<const VariableRow> requestVariables();   // the connection, the request, where it went
std::span<const VariableRow> responseVariables();  // the answer, the clock, this process
std::span<const VariableRow> upstreamVariables();
std::span<const VariableRow> tlsVariables();

inline void appendNumber(std::integral auto number, std::string& to) {
  char digits[24];
  to.append(digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits));
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
