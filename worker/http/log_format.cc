// SPDX-License-Identifier: Apache-2.0
#include "worker/http/log_format.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace weir {
namespace {

constexpr char kUpperHex[] = "0123456789ABCDEF";
constexpr char kLowerHex[] = "0123456789abcdef";

unsigned char byteAt(const std::string& text, size_t at) { return static_cast<unsigned char>(text[at]); }

// True for bytes that must not stand in a value as they are.
using ByteTable = std::array<bool, 256>;

consteval ByteTable bytesToEscape(unsigned last_plain) {
  ByteTable table{};
  for (unsigned byte = 0; byte < 256; ++byte) table[byte] = byte < 0x20 || byte > last_plain;
  table['"'] = table['\\'] = true;
  return table;
}

constexpr ByteTable kEscapedInText = bytesToEscape(0x7e);
constexpr ByteTable kEscapedInJson = bytesToEscape(0x7f);  // longer UTF-8 is looked at then

// Looks at every byte without a branch: nearly no value has to be escaped.
bool isPlainFrom(const std::string& text, size_t from, const ByteTable& escaped) {
  bool found = false;
  for (size_t i = from; i < text.size(); ++i) found |= escaped[byteAt(text, i)];
  return !found;
}

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

}  // namespace

void escapeDefault(std::string& text, size_t from) {
  if (text.size() == from) return text.push_back('-');
  if (isPlainFrom(text, from, kEscapedInText)) return;
  rewrite(text, from, [&](size_t at, size_t) {
    unsigned char byte = byteAt(text, at);
    if (kEscapedInText[byte])
      text.append({'\\', 'x', kUpperHex[byte >> 4], kUpperHex[byte & 15]});
    else
      text.push_back(text[at]);
    return at + 1;
  });
}

void escapeJson(std::string& text, size_t from) {
  if (isPlainFrom(text, from, kEscapedInJson)) return;
  rewrite(text, from, [&](size_t at, size_t end) {
    size_t length = characterLength(std::string_view(text).substr(at, end - at));
    if (length == 0)
      text.append("\xef\xbf\xbd");
    else if (length > 1 || !kEscapedInJson[byteAt(text, at)])
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
