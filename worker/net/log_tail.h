// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands at the end of a log file: how much of the lines that a killed process was writing did get there. Reads
// the file; for LogWriter's thread.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "worker/net/line_ring.h"

namespace weir {

// A file, and where its end was.
struct LogPlace {
  uint64_t device = 0;
  uint64_t inode = 0;  // 0: no regular file
  uint64_t size = 0;
};

// Of an open file.
LogPlace placeOf(int fd);

// How many bytes at the front of the lines need not be written any more, since the file has them behind the place. A
// line of which a part is there counts as missing, unless its part is the file's very end: then the rest is missing.
// 0 where the file is another now or cannot be read.
size_t alreadyWritten(int fd, const LogPlace& place, const LineRing::Pieces& lines);

// The same of what was read behind the place.
size_t alreadyIn(std::string_view behind, std::string_view lines);

}  // namespace weir
