// SPDX-License-Identifier: Apache-2.0
#pragma once
// The Range field (RFC 9110 14.2), as far as it asks for bytes: from its value to what is to be sent (S-47). Bounded: a
// request that asks for more than it should gets the whole.

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir {

struct ByteRange {
  uint64_t first = 0;
  uint64_t last = 0;  // inclusive

  uint64_t size() const { return last - first + 1; }
};

enum class RangeVerdict : uint8_t {
  Whole,          // no ranges of bytes, malformed, or too many: as if there were no Range
  Partial,        // those in the list, at least one
  Unsatisfiable,  // none of them is in the representation
};

// size: of the representation. ranges is cleared first; what lies beyond the end is left out.
RangeVerdict parseByteRanges(std::string_view value, uint64_t size, size_t max_ranges, std::vector<ByteRange>& ranges);

}  // namespace weir
