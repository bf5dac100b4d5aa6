// SPDX-License-Identifier: Apache-2.0
#pragma once
// Time as weir keeps it: Instant is monotonic with microseconds, WallTime is the calendar's.
// Code under test takes an Instant as a parameter; only loops and process starts read a clock.

#include <chrono>

namespace weir {

using Microseconds = std::chrono::microseconds;
using Milliseconds = std::chrono::milliseconds;
using Instant = std::chrono::time_point<std::chrono::steady_clock, Microseconds>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Microseconds>;

inline constexpr Instant kNever = Instant::max();

inline Instant monotonicNow() { return std::chrono::time_point_cast<Microseconds>(std::chrono::steady_clock::now()); }
inline WallTime wallNow() { return std::chrono::time_point_cast<Microseconds>(std::chrono::system_clock::now()); }

}  // namespace weir
