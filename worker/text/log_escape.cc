// SPDX-License-Identifier: Apache-2.0
#include "worker/text/log_escape.h"

#include <string_view>

#include "shared/base/utf8.h"
#include "worker/codec/byte_scan.h"

namespace weir {
namespace {

constexpr size_t kLongestJsonEscape = 6;  // what one byte may become
constexpr char kUpperHex[] = "0123456789ABCDEF";

// Nearly no value has to be escaped.
bool isPlainFrom(const std::string& text, size_t from) {
  return scanTo<QuotedStop>(text.data(), from, text.size()) == text.size();
}

}  // namespace

void escapeDefault(std::string& text, size_t from) {
  if (text.size() == from) return text.push_back('-');
  if (isPlainFrom(text, from)) return;
  // The old and the new text stand behind each other for a moment, so that no second buffer is needed.
  size_t end = text.size();
  for (size_t at = from; at < end; ++at) {
    auto byte = static_cast<unsigned char>(text[at]);
    if (QuotedStop::stops(text[at]))
      text.append({'\\', 'x', kUpperHex[byte >> 4], kUpperHex[byte & 15]});
    else
      text.push_back(text[at]);
  }
  text.erase(from, end - from);
}

void escapeJson(std::string& text, size_t from) {
  if (isPlainFrom(text, from)) return;
  size_t end = text.size();
  text.reserve(end + kLongestJsonEscape * (end - from));  // so that the view stays
  appendJsonText(std::string_view(text).substr(from, end - from), text);
  text.erase(from, end - from);
}

}  // namespace weir
