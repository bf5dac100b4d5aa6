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

namespace {

// Reads a date from its front, and remembers whether all of it was as expected.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  bool good() const { return good_ && rest_.empty(); }

  void expect(std::string_view text) {
    good_ = good_ && rest_.starts_with(text);
    rest_.remove_prefix(std::min(text.size(), rest_.size()));
  }

  unsigned number(size_t digits) {
    unsigned value = 0;
    for (; digits > 0; --digits) {
      char c = next();
      good_ = good_ && c >= '0' && c <= '9';
      value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
  }

  // asctime writes the first nine days with a blank.
  unsigned dayOfMonth() {
    if (!rest_.starts_with(' ')) return number(2);
    expect(" ");
    return number(1);
  }

  unsigned month() {
    size_t at = rest_.size() < 3 ? std::string_view::npos : kMonths.find(rest_.substr(0, 3));
    good_ = good_ && at != std::string_view::npos && at % 3 == 0;
    rest_.remove_prefix(std::min<size_t>(3, rest_.size()));
    return good_ ? static_cast<unsigned>(at / 3) + 1 : 0;
  }

  std::chrono::seconds clock() {
    unsigned hours = number(2);
    expect(":");
    unsigned minutes = number(2);
    expect(":");
    unsigned seconds = number(2);
    good_ = good_ && hours < 24 && minutes < 60 && seconds <= 60;
    return std::chrono::hours(hours) + std::chrono::minutes(minutes) + std::chrono::seconds(seconds);
  }

 private:
  char next() {
    if (rest_.empty()) return good_ = false, '\0';
    char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view rest_;
  bool good_ = true;
};

struct DateParts {
  unsigned year = 0, month = 0, day = 0;
  std::chrono::seconds clock{};
};

// Behind "Sun, ": "06 Nov 1994 08:49:37 GMT"
DateParts readFixed(DateReader& reader) {
  DateParts parts;
  parts.day = reader.number(2);
  reader.expect(" ");
  parts.month = reader.month();
  reader.expect(" ");
  parts.year = reader.number(4);
  reader.expect(" ");
  parts.clock = reader.clock();
  reader.expect(" GMT");
  return parts;
}

// Behind "Sunday, ": "06-Nov-94 08:49:37 GMT"; two digits are the nearest such year that is not over 50 ahead.
DateParts readRfc850(DateReader& reader) {
  DateParts parts;
  parts.day = reader.number(2);
  reader.expect("-");
  parts.month = reader.month();
  reader.expect("-");
  unsigned year = reader.number(2);
  parts.year = year < 70 ? 2000 + year : 1900 + year;
  reader.expect(" ");
  parts.clock = reader.clock();
  reader.expect(" GMT");
  return parts;
}

// Behind "Sun ": "Nov  6 08:49:37 1994"
DateParts readAsctime(DateReader& reader) {
  DateParts parts;
  parts.month = reader.month();
  reader.expect(" ");
  parts.day = reader.dayOfMonth();
  reader.expect(" ");
  parts.clock = reader.clock();
  reader.expect(" ");
  parts.year = reader.number(4);
  return parts;
}

}  // namespace

std::optional<int64_t> parseHttpDate(std::string_view text) {
  using namespace std::chrono;
  size_t comma = text.find(", ");
  bool asctime = comma == std::string_view::npos;
  DateReader reader(text.substr(asctime ? std::min<size_t>(4, text.size()) : comma + 2));
  DateParts parts = asctime ? readAsctime(reader) : comma == 3 ? readFixed(reader) : readRfc850(reader);
  year_month_day date{year(static_cast<int>(parts.year)), month(parts.month), day(parts.day)};
  if (!reader.good() || !date.ok()) return std::nullopt;
  return (sys_days(date).time_since_epoch() + parts.clock) / seconds(1);
}

}  // namespace weir
