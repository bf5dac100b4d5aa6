// SPDX-License-Identifier: Apache-2.0
#pragma once
// FileOutput: writes lines to a regular file, a pipe, a terminal or a device. Lines stay whole: what a full disk cut
// off in the middle is ended by a newline before anything else is written.

#include <atomic>

#include "worker/net/log_output.h"

namespace weir {

class FileOutput final : public LogOutput {
 public:
  explicit FileOutput(Fd fd);
  ~FileOutput() override;

  size_t lineBound() const override { return line_bound_; }
  void reopen(Fd fd) override;
  void adopt() override;
  Taken write(const LineRing::Pieces& lines, Instant now) override;
  void close() override { fd_.reset(); }
  LogPlace place() const override { return is_file_ ? placeOf(fd_.get()) : LogPlace(); }
  size_t alreadyWritten(const LogPlace& place, const LineRing::Pieces& lines) const override {
    return weir::alreadyWritten(fd_.get(), place, lines);
  }

 private:
  Taken took(const LineRing::Pieces& lines, size_t written);
  Taken drop(const LineRing::Pieces& lines, int error);
  ssize_t writeFile(const LineRing::Pieces& lines);
  ssize_t writePipe(const LineRing::Pieces& lines);

  size_t line_bound_;             // the loop's side
  std::atomic<int> next_fd_{-1};  // from reopen(), owned until taken

  // The thread's side.
  Fd fd_;
  bool is_file_;           // regular: takes writes of any size without waiting for a reader
  bool mid_line_ = false;  // what was written last was not the end of a line, and its rest is in the ring
  bool torn_ = false;      // its rest was dropped: a newline has to come before anything else
};

}  // namespace weir
