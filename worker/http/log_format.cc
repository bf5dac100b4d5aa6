// SPDX-License-Identifier: Apache-2.0
#include "worker/http/log_format.h"

#include <algorithm>
#include <string_view>

namespace weir {
namespace {

constexpr char kUpperHex[] = "0123456789ABCDEF";
constexpr char kLowerHex[] = "0123456789abcdef";

unsigned char byteAt(const std::string& text, size_t at) { return static_cast<unsigned char>(text[at]); }

bool isPlainText(char c) { return static_cast<unsigned char>(c) - 0x20u < 0x5f && c != '"' && c != '\\'; }
bool isPlainJson(char c) { return static_cast<unsigned char>(c) - 0x20u < 0x60 && c != '"' && c != '\\'; }

// Replaces the text from `from` on by what encode appends for it; encode(at, end) gives where the next piece begins.
// The old and the new text stand behind each other for a moment, so no second buffer is needed.
template <class Encode>
void rewrite(std::string& text, size_t from, Encode encode) {
  size_t end = text.size();
  for (size_t at = from; at < end;) at = encode(at, end);
  text.erase(from, end - from);
}

// The length of the UTF-8 character at the front (RFC 3629: no surrogates, nothing longer than needed); 0: none.
size_t characterLength(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto continues = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !continues(1)) return 0;
  if (first < 0xe0) return 2;
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || !continues(2)) return 0;
  if (first < 0xf0) return 3;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) || !continues(3)) return 0;
  return 4;
}

void appendJsonEscape(std::string& text, char c) {
  static constexpr std::string_view kShort = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
  auto found = kShort.find(c);
  text.push_back('\\');
  if (found != std::string_view::npos) return text.push_back(kLetters[found]);
  auto byte = static_cast<unsigned char>(c);
  text.append({'u', '0', '0', kLowerHex[byte >> 4], kLowerHex[byte & 15]});
}

bool isPlainFrom(const std::string& text, size_t from, bool (*is_plain)(char)) {
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), is_plain);
}

}  // namespace

void escapeDefault(std::string& text, size_t from) {
  if (text.size() == from) return text.push_back('-');
  if (isPlainFrom(text, from, isPlainText)) return;
  rewrite(text, from, [&](size_t at, size_t) {
    unsigned char byte = byteAt(text, at);
    if (isPlainText(text[at]))
      text.push_back(text[at]);
    else
      text.append({'\\', 'x', kUpperHex[byte >> 4], kUpperHex[byte & 15]});
    return at + 1;
  });
}

void escapeJson(std::string& text, size_t from) {
  if (isPlainFrom(text, from, isPlainJson)) return;
  rewrite(text, from, [&](size_t at, size_t end) {
    size_t length = characterLength(std::string_view(text).substr(at, end - at));
    if (length == 0)
      text.append("\xef\xbf\xbd");
    else if (length > 1 || isPlainJson(text[at]))
      text.append(text, at, length);
    else
      appendJsonEscape(text, text[at]);
    return at + std::max<size_t>(1, length);
  });
}

LogFormat::LogFormat(const LogFormatSetting& setting, const GroupNames& groups, Diagnostics& diagnostics)
    : name_(setting.name), escape_(setting.escape), template_(Template::compile(setting.text, groups, diagnostics)) {}

void LogFormat::append(const Exchange& exchange, std::string& to) const {
  switch (escape_) {
    case Escape::Default:
      template_.appendEach(exchange, to, escapeDefault);
      break;
    case Escape::Json:
      template_.appendEach(exchange, to, escapeJson);
      break;
    case Escape::None:
      template_.append(exchange, to);
  }
  to.push_back('\n');
}

}  // namespace weir
