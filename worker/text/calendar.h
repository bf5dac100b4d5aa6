// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a moment is called in logs.

#include <ctime>

#include "shared/base/clock.h"

namespace weir {

// The texts of a second, made once in it: breaking a time down costs more than the rest of a log line.
struct CalendarTexts {
  std::time_t second = -1;
  char local[32];    // 31/Jan/2026:12:00:00 +0100, 26 characters
  char iso8601[32];  // 2026-01-31T12:00:00+01:00, 25 characters
};

// Of now; they hold until the next call.
const CalendarTexts& calendarTexts(WallTime now);

}  // namespace weir
