// SPDX-License-Identifier: Apache-2.0
#pragma once
// Passing header lines on from one side to the other, byte for byte.

#include <span>

#include "worker/codec/http1_writer.h"
#include "worker/codec/http_head.h"

namespace weir {

// Copies the lines of fields that are end-to-end and not in hidden; neighbouring lines in one go.
inline void forwardFields(HeadWriter& writer, const char* base, std::span<const HeaderField> fields, HeaderSet hidden) {
  hidden &= ~setOf(HeaderId::Other);
  uint32_t run_begin = 0;
  uint32_t run_end = 0;
  for (const HeaderField& field : fields) {
    if (!field.endToEnd() || contains(hidden, field.id)) continue;
    if (field.name != run_end) {
      writer.raw({base + run_begin, run_end - run_begin});
      run_begin = field.name;
    }
    run_end = field.line_end;
  }
  writer.raw({base + run_begin, run_end - run_begin});
}

}  // namespace weir
