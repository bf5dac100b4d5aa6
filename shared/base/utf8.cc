// SPDX-License-Identifier: Apache-2.0
#include "shared/base/utf8.h"

namespace weir {

size_t characterLength(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto continues = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  if (text.empty()) return 0;
  unsigned first = byte(0), second = byte(1);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !continues(1)) return 0;
  if (first < 0xe0) return 2;
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) || !continues(2)) return 0;
  if (first < 0xf0) return 3;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f) || !continues(3)) return 0;
  return 4;
}

std::string_view cutText(std::string_view text, size_t size) {
  if (text.size() <= size) return text;
  // What cannot be a character of three bytes before, and goes on here, is no character anyway.
  for (size_t back = 1; back <= 3 && back <= size; ++back)
    if (characterLength(text.substr(size - back)) > back) return text.substr(0, size - back);
  return text.substr(0, size);
}

}  // namespace weir
