// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogOutput: where the lines of a LogFile go: a file or pipe (FileOutput), or a syslog server (SyslogOutput). Owned by
// its LogFile, whose two threads each call their own part of it.

#include <cstddef>
#include <cstdint>

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "worker/net/line_ring.h"
#include "worker/net/log_tail.h"

namespace weir {

class LogOutput {
 public:
  struct Taken {
    size_t bytes = 0;   // at the front that need not be kept any longer; 0: no room now
    uint64_t lost = 0;  // lines among them, or among earlier ones, that were not written
    int error = 0;      // why
  };

  virtual ~LogOutput() = default;

  // ---- for the loop's thread
  // The longest line that is sure to be written whole, newline included.
  virtual size_t lineBound() const = 0;
  // What comes from now on goes to this descriptor.
  virtual void reopen(Fd fd) = 0;

  // ---- for the writer's thread; none of them blocks for longer than a disk does
  virtual void adopt() {}
  // REQUIRES: lines.size() > 0
  virtual Taken write(const LineRing::Pieces& lines, Instant now) = 0;
  virtual void close() = 0;
  // Where the next bytes go; and what is there already of lines that another process was writing there when it died.
  virtual LogPlace place() const { return {}; }
  virtual size_t alreadyWritten(const LogPlace&, const LineRing::Pieces&) const { return 0; }
};

}  // namespace weir
