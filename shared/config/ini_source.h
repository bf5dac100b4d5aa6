// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one door to inih: gives the headers and directives of a text with the lines they stand on. inih sees only lines
// that it cannot cut, split or join; whatever it would change is reported here instead.

#include <cstdint>
#include <optional>
#include <string_view>

#include "shared/config/diagnostics.h"

namespace weir::config {

class IniSink {
 public:
  virtual ~IniSink() = default;
  // What stands between the brackets, blanks trimmed. The number comes back with each directive of the section.
  virtual size_t section(std::string_view header, Origin origin) = 0;
  // section is empty above the first header of the text.
  virtual void directive(std::optional<size_t> section, std::string_view name, std::string_view value,
                         Origin origin) = 0;
};

// Longest logical line (continuations joined), in bytes.
inline constexpr size_t kMaxLine = 65536;

// May be called again by the sink, for an include.
void readIni(std::string_view text, uint32_t file, IniSink& sink, Diagnostics& diagnostics);

}  // namespace weir::config
