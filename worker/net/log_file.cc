// SPDX-License-Identifier: Apache-2.0
#include "worker/net/log_file.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "worker/net/log_writer.h"

namespace weir {
namespace {

bool isWritable(int fd) {
  pollfd wanted{fd, POLLOUT, 0};
  return ::poll(&wanted, 1, 0) == 1;
}

uint64_t countLines(std::string_view text) { return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n')); }

// The last byte of the first `size` bytes. REQUIRES: 0 < size <= lines.size()
char lastOf(const LineRing::Pieces& lines, size_t size) {
  return size <= lines.first.size() ? lines.first[size - 1] : lines.second[size - lines.first.size() - 1];
}

}  // namespace

LogFile::LogFile(LogWriter& writer, std::string name, Fd fd, LogBuffering buffering)
    : writer_(writer),
      name_(std::move(name)),
      buffering_(buffering),
      ring_(std::max(kMinCapacity, 2 * buffering.hold)),
      fd_(std::move(fd)) {
  examineDescriptor();
}

LogFile::~LogFile() { Fd unused(next_fd_.load()); }

void LogFile::append(std::string_view line) {
  if (!ring_.push(line)) ++refused_;
  if (!linked()) writer_.touched(*this);
  if (urged_ || ring_.used() < ring_.capacity() / 2) return;
  urged_ = true;
  writer_.urge();
}

void LogFile::reopen(Fd fd) {
  Fd unused(next_fd_.exchange(fd.release()));
  writer_.urge();
}

bool LogFile::isDue() const { return ring_.used() >= std::max<size_t>(1, buffering_.hold); }

LogFile::Losses LogFile::takeLosses() {
  urged_ = false;
  Losses losses{std::exchange(refused_, 0), 0};
  if (lost_.load(std::memory_order_relaxed) == 0) return losses;
  losses.lines += lost_.exchange(0, std::memory_order_relaxed);
  losses.error = error_.load(std::memory_order_relaxed);
  return losses;
}

LogFile::Drained LogFile::drain(Drain what, Instant now) {
  bool closing = closing_.load(std::memory_order_acquire);
  adoptDescriptor();
  LineRing::Pieces lines = ring_.readable();
  if (lines.size() == 0 && closing) {
    fd_.reset();
    closed_.store(true, std::memory_order_release);
    return Drained::Closed;
  }
  if (lines.size() == 0 || (!closing && mayWait(what, lines.size(), now))) return Drained::Nothing;
  drained_ = now;
  return writeOut(lines);
}

bool LogFile::mayWait(Drain what, size_t size, Instant now) const {
  bool waited_enough = buffering_.flush.count() > 0 && now - drained_ >= buffering_.flush;
  return what == Drain::Due && !waited_enough && size < buffering_.hold;
}

LogFile::Drained LogFile::writeOut(const LineRing::Pieces& lines) {
  ssize_t written = is_file_ ? writeFile(lines) : writePipe(lines);
  if (written > 0) {
    took(lines, static_cast<size_t>(written));
    return Drained::Wrote;
  }
  int error = written == 0 ? ENOSPC : errno;
  if (error == EAGAIN || error == EINTR) return Drained::Blocked;
  drop(lines, error);
  return Drained::Wrote;
}

// written: with the newline that a torn line was owed.
void LogFile::took(const LineRing::Pieces& lines, size_t written) {
  if (std::exchange(torn_, false) && --written == 0) return;
  mid_line_ = lastOf(lines, written) != '\n';
  ring_.pop(written);
}

// O_APPEND makes each call's bytes stand together in the file, whoever else writes to it.
ssize_t LogFile::writeFile(const LineRing::Pieces& lines) {
  char newline = '\n';
  const iovec pieces[3] = {{&newline, torn_ ? size_t{1} : size_t{0}},
                           {const_cast<char*>(lines.first.data()), lines.first.size()},
                           {const_cast<char*>(lines.second.data()), lines.second.size()}};
  return ::writev(fd_.get(), pieces, 3);
}

// A pipe may be full, and shared with processes whose lines must not mix with ours: writes of up to PIPE_BUF bytes are
// atomic, and do not block where poll saw room, even if the descriptor is a blocking one.
ssize_t LogFile::writePipe(const LineRing::Pieces& lines) {
  if (!isWritable(fd_.get())) {
    errno = EAGAIN;
    return -1;
  }
  char text[PIPE_BUF] = {'\n'};
  size_t size = torn_ ? 1 : 0;
  size += lines.first.copy(text + size, sizeof text - size);
  size += lines.second.copy(text + size, sizeof text - size);
  size_t whole_lines = std::string_view(text, size).rfind('\n') + 1;
  return ::write(fd_.get(), text, whole_lines == 0 ? size : whole_lines);
}

void LogFile::drop(const LineRing::Pieces& lines, int error) {
  error_.store(error, std::memory_order_relaxed);
  lost_.fetch_add(countLines(lines.first) + countLines(lines.second), std::memory_order_relaxed);
  ring_.pop(lines.size());
  torn_ = torn_ || std::exchange(mid_line_, false);
}

void LogFile::adoptDescriptor() {
  if (next_fd_.load(std::memory_order_relaxed) < 0 || mid_line_) return;
  fd_.reset(next_fd_.exchange(-1, std::memory_order_acquire));
  torn_ = false;
  examineDescriptor();
}

void LogFile::examineDescriptor() {
  struct stat about {};
  is_file_ = fstat(fd_.get(), &about) == 0 && S_ISREG(about.st_mode);
}

}  // namespace weir
