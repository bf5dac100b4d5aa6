// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/listing_text.h"

#include <fmt/format.h>

#include <array>
#include <ctime>

namespace weir {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// How many bytes the well-formed character at the front has (RFC 3629); 0 when it is none.
size_t characterSize(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto follows = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first < 0xF0) {
    bool overlong = first == 0xE0 && byte(1) < 0xA0;
    bool surrogate = first == 0xED && byte(1) >= 0xA0;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first < 0xF5) {
    bool outside = (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90);
    return follows(1) && follows(2) && follows(3) && !outside ? 4 : 0;
  }
  return 0;
}

// Calls plain(text) for what may stand as it is and special(c) for single bytes below 0x80 that may not.
template <class Special>
void appendCharacters(std::string_view name, std::string& to, Special special) {
  while (!name.empty()) {
    size_t size = characterSize(name);
    if (size == 0)
      to.append(kReplacement);
    else if (size > 1 || !special(name[0], to))
      to.append(name.substr(0, size));
    name.remove_prefix(std::max<size_t>(size, 1));
  }
}

bool isUnreserved(char c) {
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

void appendHtml(std::string_view name, std::string& to) {
  appendCharacters(name, to, [](char c, std::string& out) {
    constexpr std::string_view kMarks = "&<>\"'";
    size_t mark = kMarks.find(c);
    bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (mark == std::string_view::npos && !control) return false;
    constexpr std::array<std::string_view, 5> kEntities{"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    out.append(control ? kReplacement : kEntities[mark]);
    return true;
  });
}

void appendJson(std::string_view name, std::string& to) {
  appendCharacters(name, to, [](char c, std::string& out) {
    bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (!control && c != '"' && c != '\\') return false;
    control ? fmt::format_to(std::back_inserter(out), "\\u{:04x}", c)
            : (out += '\\', out += c, std::back_inserter(out));
    return true;
  });
}

void appendHref(std::string_view name, std::string& to) {
  for (char c : name)
    isUnreserved(c) ? to.push_back(c)
                    : void(fmt::format_to(std::back_inserter(to), "%{:02X}", static_cast<uint8_t>(c)));
}

std::string listedSize(uint64_t bytes) {
  constexpr std::array<std::string_view, 6> kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  return value < 9.95 ? fmt::format("{:.1f} {}", value, kUnits[unit]) : fmt::format("{:.0f} {}", value, kUnits[unit]);
}

namespace {

std::string formatted(int64_t seconds, bool local, const char* form) {
  auto time = static_cast<time_t>(seconds);
  tm parts{};
  if ((local ? ::localtime_r(&time, &parts) : ::gmtime_r(&time, &parts)) == nullptr) return "-";
  std::array<char, 64> text;
  return {text.data(), ::strftime(text.data(), text.size(), form, &parts)};
}

}  // namespace

std::string listedTime(int64_t seconds, bool local) {
  return formatted(seconds, local, local ? "%Y-%m-%d %H:%M %Z" : "%Y-%m-%d %H:%M UTC");
}

std::string listedDate(int64_t seconds, bool local) {
  return formatted(seconds, local, local ? "%a, %d %b %Y %H:%M:%S %Z" : "%a, %d %b %Y %H:%M:%S GMT");
}

}  // namespace weir
