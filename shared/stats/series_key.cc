// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/series_key.h"

#include <cstring>

namespace weir {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

uint8_t byteAt(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

size_t lengthByLead(uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// RFC 3629, section 4: the second byte rules out overlong forms, surrogates and what is above U+10FFFF.
bool secondFits(uint8_t lead, uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0 && second <= 0xBF;
    case 0xED:
      return second >= 0x80 && second <= 0x9F;
    case 0xF0:
      return second >= 0x90 && second <= 0xBF;
    case 0xF4:
      return second >= 0x80 && second <= 0x8F;
    default:
      return second >= 0x80 && second <= 0xBF;
  }
}

// Bytes of the character that the text begins with; 0 when it is none, or a control character.
// REQUIRES: !text.empty()
size_t characterLength(std::string_view text) {
  const uint8_t lead = byteAt(text, 0);
  if (lead < 0x20 || lead == 0x7F) return 0;
  const size_t length = lengthByLead(lead);
  if (length <= 1) return length;
  if (text.size() < length || !secondFits(lead, byteAt(text, 1))) return 0;
  for (size_t i = 2; i < length; ++i)
    if ((byteAt(text, i) & 0xC0) != 0x80) return 0;
  return length;
}

}  // namespace

SeriesKey::SeriesKey(const LabelValues& values) {
  for (std::string_view value : values) append(value);
}

void SeriesKey::append(std::string_view value) {
  char* const length = &text_[size_++];
  char* const begin = text_.data() + size_;
  size_t used = 0;
  while (!value.empty()) {
    const size_t taken = characterLength(value);
    const std::string_view character = taken == 0 ? kReplacement : value.substr(0, taken);
    if (used + character.size() > kMaxValue) break;
    std::memcpy(begin + used, character.data(), character.size());
    used += character.size();
    value.remove_prefix(taken == 0 ? 1 : taken);
  }
  *length = static_cast<char>(used);
  size_ += used;
}

// FNV-1a. The index is bounded by the families' caps, so keys chosen to collide cost a bounded probe.
uint64_t SeriesKey::hash(Metric metric) const {
  uint64_t hash = 0xcbf29ce484222325 ^ static_cast<uint64_t>(metric);
  for (char c : text()) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash ^ (hash >> 32);
}

std::vector<std::string> SeriesKey::decode(std::string_view text) {
  std::vector<std::string> values;
  while (!text.empty()) {
    const size_t length = byteAt(text, 0);
    values.emplace_back(text.substr(1, length));
    text.remove_prefix(1 + length);
  }
  return values;
}

}  // namespace weir
