// SPDX-License-Identifier: Apache-2.0
#pragma once
// SeriesKey: the label values of one series in the one form that is compared, hashed and kept: each value as a length
// byte and its bytes. A value is cut at kMaxValue bytes, between characters; what is not UTF-8, and control characters,
// become U+FFFD: a stranger's bytes must not break a scrape.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/stats/metrics.h"

namespace weir {

// Label values in the order of the metric's row.
using LabelValues = std::vector<std::string_view>;

class SeriesKey {
 public:
  static constexpr size_t kMaxValue = 128;  // bytes; must fit the length byte

  // REQUIRES: at most kMaxLabels values
  explicit SeriesKey(const LabelValues& values);

  // Valid as long as the key.
  std::string_view text() const { return {text_.data(), size_}; }
  uint64_t hash(Metric metric) const;

  static std::vector<std::string> decode(std::string_view text);

 private:
  void append(std::string_view value);

  std::array<char, kMaxLabels*(1 + kMaxValue)> text_;
  size_t size_ = 0;
};

}  // namespace weir
