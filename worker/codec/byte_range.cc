// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/byte_range.h"

#include <strings.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace weir {
namespace {

constexpr std::string_view kUnit = "bytes=";
// What one more part of a multipart body costs besides its bytes, and what all may cost together.
constexpr uint64_t kPartCost = 256;
constexpr uint64_t kAllowance = 4096;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

void trim(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
}

// A position past all numbers is past the end, too. nullopt: not only digits.
std::optional<uint64_t> parsePosition(std::string_view text) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  uint64_t value = 0;
  for (char c : text) {
    if (!isDigit(c)) return std::nullopt;
    auto digit = static_cast<uint64_t>(c - '0');
    value = value > (kMost - digit) / 10 ? kMost : value * 10 + digit;
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

enum class Spec : uint8_t { Malformed, Outside, Whole, Range };

// "-500": the last 500 bytes. Of nothing, any last bytes are all there is (RFC 9110 14.1.2).
Spec parseSuffix(std::string_view text, uint64_t size, ByteRange& range) {
  auto length = parsePosition(text);
  if (!length) return Spec::Malformed;
  if (*length == 0) return Spec::Outside;
  if (size == 0) return Spec::Whole;
  range = {size - std::min(*length, size), size - 1};
  return Spec::Range;
}

Spec parseSpec(std::string_view text, uint64_t size, ByteRange& range) {
  size_t hyphen = text.find('-');
  if (hyphen == std::string_view::npos) return Spec::Malformed;
  if (hyphen == 0) return parseSuffix(text.substr(1), size, range);
  auto first = parsePosition(text.substr(0, hyphen));
  std::string_view end = text.substr(hyphen + 1);
  auto last = end.empty() ? std::optional(std::numeric_limits<uint64_t>::max()) : parsePosition(end);
  if (!first || !last || *last < *first) return Spec::Malformed;
  if (*first >= size) return Spec::Outside;
  range = {*first, std::min(*last, size - 1)};
  return Spec::Range;
}

bool costsTooMuch(const std::vector<ByteRange>& ranges, uint64_t size) {
  if (ranges.size() < 2) return false;
  uint64_t left = size > std::numeric_limits<uint64_t>::max() - kAllowance ? size : size + kAllowance;
  for (const ByteRange& range : ranges) {
    if (range.size() + kPartCost > left) return true;
    left -= range.size() + kPartCost;
  }
  return false;
}

// The list behind the unit, element by element; empty ones are nothing (RFC 9110 5.6.1.2).
class RangeList {
 public:
  RangeList(uint64_t size, size_t max_ranges, std::vector<ByteRange>& ranges)
      : size_(size), max_(max_ranges), ranges_(ranges) {}

  RangeVerdict read(std::string_view list) {
    for (bool more = true; more;) {
      size_t comma = list.find(',');
      std::string_view element = list.substr(0, comma);
      more = comma != std::string_view::npos;
      if (more) list.remove_prefix(comma + 1);
      trim(element);
      if (!element.empty() && !add(element)) return RangeVerdict::Whole;
    }
    if (!ranges_.empty()) return costsTooMuch(ranges_, size_) ? RangeVerdict::Whole : RangeVerdict::Partial;
    return elements_ == 0 ? RangeVerdict::Whole : RangeVerdict::Unsatisfiable;
  }

 private:
  bool add(std::string_view element) {
    ByteRange range;
    Spec spec = parseSpec(element, size_, range);
    if (spec == Spec::Malformed || spec == Spec::Whole || ++elements_ > max_) return false;
    if (spec == Spec::Range) ranges_.push_back(range);
    return true;
  }

  uint64_t size_;
  size_t max_;
  size_t elements_ = 0;
  std::vector<ByteRange>& ranges_;
};

}  // namespace

RangeVerdict parseByteRanges(std::string_view value, uint64_t size, size_t max_ranges, std::vector<ByteRange>& ranges) {
  ranges.clear();
  bool bytes = value.size() > kUnit.size() && strncasecmp(value.data(), kUnit.data(), kUnit.size()) == 0;
  if (!bytes) return RangeVerdict::Whole;
  RangeVerdict verdict = RangeList(size, max_ranges, ranges).read(value.substr(kUnit.size()));
  if (verdict != RangeVerdict::Partial) ranges.clear();
  return verdict;
}

}  // namespace weir
