// SPDX-License-Identifier: Apache-2.0
#pragma once
// UTF-8 as RFC 3629 has it, and the inside of JSON strings (RFC 8259), for what strangers send and logs must hold.

#include <cstddef>
#include <string_view>

namespace weir {

// The length of the character at the front: no surrogates, nothing longer than needed; 0: there is none.
size_t characterLength(std::string_view text);

// The longest beginning of at most that many bytes that does not end within a character.
std::string_view cutText(std::string_view text, size_t size);

// Appends text as the inside of a JSON string to anything with push_back() and append(first, last). Always valid UTF-8:
// a byte that belongs to no character becomes U+FFFD.
template <class Text>
void appendJsonText(std::string_view text, Text& to) {
  static constexpr std::string_view kReplacement = "\xef\xbf\xbd", kShort = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
  static constexpr char kHex[] = "0123456789abcdef";
  auto put = [&](std::string_view piece) { to.append(piece.data(), piece.data() + piece.size()); };
  while (!text.empty()) {
    size_t length = characterLength(text);
    auto byte = static_cast<unsigned char>(text.front());
    if (length == 0) {
      put(kReplacement);
    } else if (size_t known = kShort.find(text.front()); known != std::string_view::npos) {
      to.push_back('\\');
      to.push_back(kLetters[known]);
    } else if (byte < 0x20) {
      put("\\u00");
      to.push_back(kHex[byte >> 4]);
      to.push_back(kHex[byte & 15]);
    } else {
      put(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace weir
