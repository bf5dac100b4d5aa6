// SPDX-License-Identifier: Apache-2.0
#include "worker/text/calendar.h"

#include <algorithm>
#include <chrono>

namespace weir {

const CalendarTexts& calendarTexts(WallTime now) {
  thread_local CalendarTexts texts;
  std::time_t second = std::chrono::system_clock::to_time_t(now);
  if (second == texts.second) return texts;
  std::tm parts{};
  localtime_r(&second, &parts);
  // Not strftime's %b: a month is English here whatever the locale.
  static constexpr char kMonths[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::strftime(texts.local, sizeof texts.local, "%d/xxx/%Y:%H:%M:%S %z", &parts);
  std::copy_n(kMonths[parts.tm_mon], 3, texts.local + 3);
  std::strftime(texts.iso8601, sizeof texts.iso8601, "%Y-%m-%dT%H:%M:%S%z", &parts);
  // +0100 to +01:00, the NUL included.
  std::copy_backward(texts.iso8601 + 22, texts.iso8601 + 25, texts.iso8601 + 26);
  texts.iso8601[22] = ':';
  texts.second = second;
  return texts;
}

}  // namespace weir
