// SPDX-License-Identifier: Apache-2.0
#pragma once
// FieldParser: the field lines of a request, a response or a trailer section (RFC 9112 5), up to and with the final
// CRLF. The owner feeds it, and says what the fields mean where requests and responses differ.

#include <cstdint>
#include <string_view>

#include "shared/base/failure.h"
#include "worker/codec/http_head.h"

namespace weir {

struct FieldLimits {
  uint32_t max_line = 8192;
  uint32_t max_fields = 100;  // more than 65535 count as that
  uint32_t max_head = 32768;
  bool underscores = false;
};

class FieldParser {
 public:
  void reset(const FieldLimits& limits) {
    limits_ = limits;
    failure_ = Cause::None;
  }

  // The first line begins at this offset.
  void begin(uint32_t offset, MessageHead& head);

  // Adds the complete lines to head, sets head.size when Done. Same text contract as RequestParser::parse.
  ParseStatus parse(std::string_view text, MessageHead& head);

  // In the words of a request: BadRequest, HeaderTooLarge or TooManyHeaders.
  Cause failure() const { return failure_; }

 private:
  // A line in the text that may be looked at, as offsets; colon is 0 while it is not in sight.
  struct Line {
    std::string_view seen;
    size_t begin;
    size_t colon;
  };

  bool checkName(Line line, bool& underscore);
  ParseStatus parseLast(Line line, MessageHead& head);
  ParseStatus stop(Line line, size_t at);
  ParseStatus pause(Line line, size_t resume);
  ParseStatus failAt(Line line, size_t at);
  ParseStatus failLimits(size_t line_size);

  FieldLimits limits_;
  uint32_t line_ = 0;   // where the line being parsed begins
  uint32_t colon_ = 0;  // behind its name; 0 while that is to come
  uint32_t at_ = 0;     // first byte not yet looked at
  Cause failure_ = Cause::None;
};

}  // namespace weir
