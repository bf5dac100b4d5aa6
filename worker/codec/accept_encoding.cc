// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/accept_encoding.h"

#include <strings.h>

#include <optional>

namespace weir {
namespace {

constexpr uint16_t kMost = 1000;

bool sameWord(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view takeUntil(std::string_view& rest, char mark) {
  size_t end = rest.find(mark);
  std::string_view taken = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return trimmed(taken);
}

// "0.75" is 750. What is no weight is none: 0.
uint16_t parseWeight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || text.size() > 5) return 0;
  if (text.size() > 1 && text[1] != '.') return 0;
  uint32_t value = text[0] == '1' ? kMost : 0;
  uint32_t unit = 100;
  for (char c : text.substr(text.size() > 1 ? 2 : 1)) {
    if (c < '0' || c > '9') return 0;
    value += static_cast<uint32_t>(c - '0') * unit;
    unit /= 10;
  }
  return value > kMost ? uint16_t{0} : static_cast<uint16_t>(value);
}

uint16_t weightIn(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view parameter = takeUntil(parameters, ';');
    if (parameter.size() > 1 && (parameter[0] | 0x20) == 'q' && trimmed(parameter.substr(1)).starts_with('='))
      return parseWeight(trimmed(trimmed(parameter.substr(1)).substr(1)));
  }
  return kMost;
}

bool names(std::string_view word, std::string_view coding) {
  return sameWord(word, coding) || (sameWord(word, "x-gzip") && sameWord(coding, "gzip"));
}

}  // namespace

uint16_t codingQuality(std::string_view accept_encoding, std::string_view coding) {
  std::optional<uint16_t> any;
  while (!accept_encoding.empty()) {
    std::string_view element = takeUntil(accept_encoding, ',');
    std::string_view word = takeUntil(element, ';');
    if (names(word, coding)) return weightIn(element);
    if (word == "*") any = weightIn(element);
  }
  return any.value_or(uint16_t{0});
}

}  // namespace weir
