// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogFile: one log of this process, access or error. The loop appends lines to memory; LogWriter's thread writes them,
// whole lines at a time. Never blocks and never allocates: a line that finds no room is dropped and counted (S-56).
// Owned by LogWriter. A crash loses what has not been written: some milliseconds' worth.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/base/list.h"
#include "shared/base/log.h"
#include "worker/net/line_ring.h"

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

  LogFile(LogWriter& writer, std::string name, Fd fd, LogBuffering buffering);
  ~LogFile() override;
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  const std::string& name() const { return name_; }

  // ---- for the loop's thread
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

  // For the loop's thread, through LogWriter.
  bool isDue() const;
  Losses takeLosses();

  // For the writer's thread. Closed: this was the last time it may touch the object.
  Drained drain(Drain what, Instant now);
  bool mayWait(Drain what, size_t size, Instant now) const;
  Drained writeOut(const LineRing::Pieces& lines);
  void took(const LineRing::Pieces& lines, size_t written);
  void adoptDescriptor();
  void examineDescriptor();
  ssize_t writeFile(const LineRing::Pieces& lines);
  ssize_t writePipe(const LineRing::Pieces& lines);
  void drop(const LineRing::Pieces& lines, int error);

  LogWriter& writer_;
  const std::string name_;
  const LogBuffering buffering_;
  LineRing ring_;

  // The loop's side.
  uint64_t refused_ = 0;  // lines that found no room
  bool urged_ = false;    // the thread was told in this turn that room gets short

  // Between the two.
  std::atomic<int> next_fd_{-1};   // from reopen(), owned until taken
  std::atomic<uint64_t> lost_{0};  // lines that could not be written
  std::atomic<int> error_{0};
  std::atomic<bool> closing_{false};  // no more lines will come
  std::atomic<bool> closed_{false};   // and the thread has let go of it

  // The thread's side.
  Fd fd_;
  bool is_file_ = false;   // regular: takes writes of any size without waiting for a reader
  bool mid_line_ = false;  // what was written last was not the end of a line, and its rest is in the ring
  bool torn_ = false;      // its rest was dropped: a newline has to come before anything else
  Instant drained_{};
};

}  // namespace weir
