// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/http_date.h"

#include <algorithm>
#include <chrono>

namespace weir {
namespace {

constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr int64_t kYear0 = -62167219200;
constexpr int64_t kYear9999 = 253402300799;

// `digits` decimal digits of value, the lowest ones, ending before `end`.
void putNumber(char* end, unsigned value, int digits) {
  for (; digits > 0; --digits, value /= 10) *--end = static_cast<char>('0' + value % 10);
}

}  // namespace

HttpDate::HttpDate(int64_t unix_seconds) {
  using namespace std::chrono;
  const sys_seconds time{seconds{std::clamp(unix_seconds, kYear0, kYear9999)}};
  const sys_days day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  constexpr std::string_view kForm = "ddd, 00 mmm 0000 00:00:00 GMT";
  static_assert(kForm.size() == kSize);
  char* text = text_.data();
  kForm.copy(text, kSize);
  kDays.copy(text, 3, weekday{day}.c_encoding() * 3);
  putNumber(text + 7, static_cast<unsigned>(date.day()), 2);
  kMonths.copy(text + 8, 3, (static_cast<unsigned>(date.month()) - 1) * 3);
  putNumber(text + 16, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  putNumber(text + 19, static_cast<unsigned>(clock.hours().count()), 2);
  putNumber(text + 22, static_cast<unsigned>(clock.minutes().count()), 2);
  putNumber(text + 25, static_cast<unsigned>(clock.seconds().count()), 2);
}

}  // namespace weir
