// SPDX-License-Identifier: Apache-2.0
#pragma once
// Passing header lines on from one side to the other, byte for byte.

#include <span>

#include "worker/codec/http1_writer.h"
#include "worker/codec/http_head.h"

namespace weir {

// Room that all of their lines take at most.
inline size_t forwardedBound(std::span<const HeaderField> fields) {
  return fields.empty() ? 0 : fields.back().line_end - fields.front().name;
}

// Copies the lines of fields that are end-to-end, not in hidden and not left out by leave_out(field); neighbouring
// lines in one go.
template <class LeaveOut>
void forwardFields(HeadWriter& writer, const char* base, std::span<const HeaderField> fields, HeaderSet hidden,
                   LeaveOut leave_out) {
  hidden &= ~setOf(HeaderId::Other);
  uint32_t run_begin = 0;
  uint32_t run_end = 0;
  for (const HeaderField& field : fields) {
    if (!field.endToEnd() || contains(hidden, field.id) || leave_out(field)) continue;
    if (field.name != run_end) {
      writer.raw({base + run_begin, run_end - run_begin});
      run_begin = field.name;
    }
    run_end = field.line_end;
  }
  writer.raw({base + run_begin, run_end - run_begin});
}

inline void forwardFields(HeadWriter& writer, const char* base, std::span<const HeaderField> fields, HeaderSet hidden) {
  forwardFields(writer, base, fields, hidden, [](const HeaderField&) { return false; });
}

}  // namespace weir
