// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogFile: one log of this process, access or error. The loop appends lines to memory; LogWriter's thread writes them,
// whole lines at a time. Never blocks and never allocates: a line that finds no room is dropped and counted (S-56).
// Owned by LogWriter. Lines that a killed process has not written are in its LogSpool.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/base/list.h"
#include "shared/base/log.h"
#include "worker/net/line_ring.h"
#include "worker/net/log_output.h"
#include "worker/net/log_spool.h"

namespace weir {

class LogWriter;

// How long lines may wait to be written together.
struct LogBuffering {
  size_t hold = 0;        // write once that many bytes wait (buffer=); 0: at once
  Milliseconds flush{0};  // or when some have waited that long (flush=); 0: for ever
};

class LogFile final : public LogSink, public ListNode<LogFile> {
 public:
  static constexpr size_t kMinCapacity = 512 * 1024;

  // block: of kMinCapacity and twice what is held, or one that another process left.
  LogFile(LogWriter& writer, std::string name, LogBlock block, std::unique_ptr<LogOutput> output,
          LogBuffering buffering);
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  const std::string& name() const { return name_; }
  // The name as far as people want to see it: up to its first NUL.
  const char* title() const { return name_.c_str(); }

  // ---- for the loop's thread
  // No line should be longer.
  size_t lineBound() const { return output_->lineBound(); }
  // One was, and has been cut.
  void countCut();
  // A whole line, newline included.
  void append(std::string_view line);
  void write(std::string_view line) override { append(line); }
  // What comes from now on goes to this descriptor; lines that still wait may go to either.
  void reopen(Fd fd);

 private:
  friend class LogWriter;
  enum class Drain : uint8_t { Due, All };
  enum class Drained : uint8_t { Nothing, Wrote, Blocked, Closed };
  struct Losses {
    uint64_t lines = 0;
    int error = 0;  // errno of the last failed write; 0: there was no room
  };

  void refuse();
  // For the loop's thread, through LogWriter.
  bool endTurn();  // true: its lines should be written now
  Losses takeLosses();

  // For the writer's thread. Closed: this was the last time it may touch the object.
  Drained drain(Drain what, Instant now);
  bool mayWait(Drain what, size_t size, Instant now) const;
  void skipWritten();

  LogWriter& writer_;
  const std::string name_;
  const LogBuffering buffering_;
  LogBlock block_;
  LineRing ring_{block_.ring()};
  const std::unique_ptr<LogOutput> output_;

  // The loop's side.
  uint64_t refused_ = 0;  // lines that found no room
  bool urged_ = false;    // the thread was told in this turn that room gets short

  // Between the two.
  std::atomic<uint64_t> lost_{0};  // lines that could not be written
  std::atomic<int> error_{0};
  std::atomic<bool> closing_{false};  // no more lines will come
  std::atomic<bool> closed_{false};   // and the thread has let go of it

  // The thread's side.
  Instant drained_{};
  bool inherited_ = false;  // set before the thread knows of it: what is in the block may be in the file already
};

}  // namespace weir
