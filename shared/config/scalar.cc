// SPDX-License-Identifier: Apache-2.0
#include "shared/config/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace weir::config {
namespace {

constexpr uint64_t kMaxMilliseconds = std::numeric_limits<int64_t>::max() / 1000;  // fits in microseconds too
constexpr uint64_t kDay = 86'400'000;

struct Unit {
  std::string_view name;
  uint64_t milliseconds;
};

// From large to small, which is also the order in which they may be joined.
constexpr std::array<Unit, 8> kUnits{{
    {"y", 365 * kDay},
    {"M", 30 * kDay},
    {"w", 7 * kDay},
    {"d", kDay},
    {"h", 3'600'000},
    {"m", 60'000},
    {"s", 1000},
    {"ms", 1},
}};

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isAlphanumeric(char c) { return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

size_t digitsAt(std::string_view text) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), isDigit) - text.begin());
}

// The index of the unit that text begins with, and is followed by a digit or the end; "" is seconds.
std::optional<size_t> unitAt(std::string_view text) {
  auto letters = static_cast<size_t>(std::find_if(text.begin(), text.end(), isDigit) - text.begin());
  auto name = letters == 0 ? "s" : text.substr(0, letters);
  auto found = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& unit) { return unit.name == name; });
  if (found == kUnits.end()) return std::nullopt;
  return static_cast<size_t>(found - kUnits.begin());
}

bool addScaled(uint64_t& total, uint64_t count, uint64_t scale, uint64_t limit) {
  if (count > limit / scale || count * scale > limit - total) return false;
  total += count * scale;
  return true;
}

uint64_t sizeScale(char suffix) {
  switch (suffix) {
    case 'k':
    case 'K':
      return 1 << 10;
    case 'm':
    case 'M':
      return 1 << 20;
    case 'g':
    case 'G':
      return 1 << 30;
    default:
      return 0;
  }
}

// The bytes that follow the first one of a character, and the least value that needs them.
struct Utf8Form {
  uint8_t mask;
  uint8_t lead;
  unsigned following;
  uint32_t least;
};
constexpr std::array<Utf8Form, 4> kUtf8Forms{
    {{0x80, 0x00, 0, 0}, {0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}}};

// Takes one character off; false when there is none.
bool takeUtf8(std::string_view& text) {
  auto lead = static_cast<uint8_t>(text[0]);
  auto form = std::find_if(kUtf8Forms.begin(), kUtf8Forms.end(),
                           [&](const Utf8Form& each) { return (lead & each.mask) == each.lead; });
  if (form == kUtf8Forms.end() || text.size() <= form->following) return false;
  uint32_t value = lead & static_cast<uint8_t>(~form->mask);
  for (unsigned i = 1; i <= form->following; ++i) {
    auto byte = static_cast<uint8_t>(text[i]);
    if ((byte & 0xc0) != 0x80) return false;
    value = value << 6 | (byte & 0x3f);
  }
  text.remove_prefix(form->following + 1);
  return value >= form->least && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

}  // namespace

std::optional<uint64_t> parseCount(std::string_view text) {
  uint64_t value = 0;
  if (text.empty() || digitsAt(text) != text.size()) return std::nullopt;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

std::optional<Size> parseSize(std::string_view text) {
  uint64_t scale = text.empty() ? 0 : sizeScale(text.back());
  auto count = parseCount(text.substr(0, text.size() - (scale == 0 ? 0 : 1)));
  Size size;
  constexpr auto kLimit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (!count || !addScaled(size.bytes, *count, std::max<uint64_t>(scale, 1), kLimit)) return std::nullopt;
  return size;
}

std::optional<Milliseconds> parseTime(std::string_view text) {
  if (text.empty()) return std::nullopt;
  uint64_t total = 0;
  for (size_t next_unit = 0; !text.empty();) {
    size_t digits = digitsAt(text);
    auto count = parseCount(text.substr(0, digits));
    text.remove_prefix(digits);
    auto unit = unitAt(text);
    if (!count || !unit || *unit < next_unit) return std::nullopt;
    if (!addScaled(total, *count, kUnits[*unit].milliseconds, kMaxMilliseconds)) return std::nullopt;
    text.remove_prefix(std::min(text.size(), kUnits[*unit].name.size()));
    next_unit = *unit + 1;
  }
  return Milliseconds(static_cast<int64_t>(total));
}

std::optional<bool> parseSwitch(std::string_view text) {
  if (text == "on") return true;
  if (text == "off") return false;
  return std::nullopt;
}

std::string printSize(Size size) {
  for (auto [suffix, shift] : {std::pair{'g', 30}, {'m', 20}, {'k', 10}})
    if (size.bytes != 0 && size.bytes % (1ull << shift) == 0) return std::to_string(size.bytes >> shift) + suffix;
  return std::to_string(size.bytes);
}

std::string printTime(Milliseconds time) {
  auto count = static_cast<uint64_t>(time.count());
  for (std::string_view unit : {"d", "h"}) {
    uint64_t scale = unit == "d" ? kDay : 3'600'000;
    if (count != 0 && count % scale == 0) return std::to_string(count / scale).append(unit);
  }
  return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

bool isToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return isAlphanumeric(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool isFieldValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

bool isHostName(std::string_view text) {
  if (text.empty() || text.size() > 253 || text[0] == '.' || text[0] == '-') return false;
  if (text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return isAlphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool isUtf8(std::string_view text) {
  while (!text.empty())
    if (!takeUtf8(text)) return false;
  return true;
}

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

}  // namespace weir::config
