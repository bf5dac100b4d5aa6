// SPDX-License-Identifier: Apache-2.0
#pragma once
// How values that strangers sent stand in logs, so that a line stays one line and a JSON object stays one (S-56). Both
// rewrite what is in text from `from` on.

#include <cstddef>
#include <string>

namespace weir {

// '"', '\' and bytes outside 0x20..0x7e as \xHH; nothing at all becomes "-".
void escapeDefault(std::string& text, size_t from);
// The inside of a JSON string (RFC 8259), always valid UTF-8: what is none becomes U+FFFD.
void escapeJson(std::string& text, size_t from);

}  // namespace weir
