// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineReader: the logical lines of a text. Takes off a byte order mark and CRLF, joins lines that end in '\', and
// reports, instead of giving, a line that is too long or holds a control character. A view of the text.

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/config/diagnostics.h"

namespace weir::config {

class LineReader {
 public:
  LineReader(std::string_view text, uint32_t file, Diagnostics& diagnostics);

  // The next line that is neither blank nor a comment, trimmed; false at the end.
  bool next(std::string& line);
  // Where the line that next() gave begins.
  Origin origin() const { return {file_, first_}; }

 private:
  bool read(std::string& line);
  bool physical(std::string_view& line);
  bool acceptable(std::string_view line) const;

  std::string_view rest_;
  uint32_t file_;
  uint32_t number_ = 0;
  uint32_t first_ = 0;
  Diagnostics& diagnostics_;
};

}  // namespace weir::config
