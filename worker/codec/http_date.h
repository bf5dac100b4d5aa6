// SPDX-License-Identifier: Apache-2.0
#pragma once
// HttpDate: IMF-fixdate of RFC 9110 5.6.7, "Sun, 06 Nov 1994 08:49:37 GMT". A value; who sends many keeps one per
// second.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

class HttpDate {
 public:
  static constexpr size_t kSize = 29;

  // Seconds since 1970 UTC; years 0 to 9999, others are clamped.
  explicit HttpDate(int64_t unix_seconds);

  std::string_view text() const { return {text_.data(), kSize}; }

 private:
  std::array<char, kSize> text_;
};

// Seconds since 1970 UTC of a date in any of the three forms of RFC 9110 5.6.7; nullopt for what is none.
std::optional<int64_t> parseHttpDate(std::string_view text);

}  // namespace weir
