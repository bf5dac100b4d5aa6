// SPDX-License-Identifier: Apache-2.0
#pragma once
// Entity tags (RFC 9110 8.8.3): how lists of them are read and compared.

#include <string_view>

namespace weir {

enum class TagComparison : unsigned char {
  Strong,  // neither is weak
  Weak,    // W/ is no difference
};

// Whether an If-Match or If-None-Match field's value names the tag; "*" names any. What follows something malformed is
// not read. An empty tag stands for a representation that has none.
bool namesTag(std::string_view list, std::string_view tag, TagComparison comparison);

// Whether two single tags are the same.
bool sameTag(std::string_view a, std::string_view b, TagComparison comparison);

}  // namespace weir
