// SPDX-License-Identifier: Apache-2.0
#include "worker/net/file_output.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>
#include <utility>

namespace weir {
namespace {

// One write of a line this long is a small part of what a ring holds.
constexpr size_t kLongestInFile = 32 * 1024;

bool isWritable(int fd) {
  pollfd wanted{fd, POLLOUT, 0};
  return ::poll(&wanted, 1, 0) == 1;
}

bool isRegular(int fd) {
  struct stat about {};
  return fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

size_t boundOf(int fd) { return isRegular(fd) ? kLongestInFile : PIPE_BUF; }

uint64_t countLines(std::string_view text) { return static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n')); }

// The last byte of the first `size` bytes. REQUIRES: 0 < size <= lines.size()
char lastOf(const LineRing::Pieces& lines, size_t size) {
  return size <= lines.first.size() ? lines.first[size - 1] : lines.second[size - lines.first.size() - 1];
}

}  // namespace

FileOutput::FileOutput(Fd fd) : line_bound_(boundOf(fd.get())), fd_(std::move(fd)), is_file_(isRegular(fd_.get())) {}

FileOutput::~FileOutput() { Fd unused(next_fd_.load()); }

void FileOutput::reopen(Fd fd) {
  line_bound_ = boundOf(fd.get());
  Fd unused(next_fd_.exchange(fd.release()));
}

void FileOutput::adopt() {
  if (next_fd_.load(std::memory_order_relaxed) < 0 || mid_line_) return;
  fd_.reset(next_fd_.exchange(-1, std::memory_order_acquire));
  torn_ = false;
  is_file_ = isRegular(fd_.get());
}

LogOutput::Taken FileOutput::write(const LineRing::Pieces& lines, Instant) {
  ssize_t written = is_file_ ? writeFile(lines) : writePipe(lines);
  if (written > 0) return took(lines, static_cast<size_t>(written));
  int error = written == 0 ? ENOSPC : errno;
  if (error == EAGAIN || error == EINTR) return {};
  return drop(lines, error);
}

// written: with the newline that a torn line was owed.
LogOutput::Taken FileOutput::took(const LineRing::Pieces& lines, size_t written) {
  if (std::exchange(torn_, false) && --written == 0) return {};
  mid_line_ = lastOf(lines, written) != '\n';
  return {written};
}

LogOutput::Taken FileOutput::drop(const LineRing::Pieces& lines, int error) {
  torn_ = torn_ || std::exchange(mid_line_, false);
  return {lines.size(), countLines(lines.first) + countLines(lines.second), error};
}

// O_APPEND makes each call's bytes stand together in the file, whoever else writes to it.
ssize_t FileOutput::writeFile(const LineRing::Pieces& lines) {
  char newline = '\n';
  const iovec pieces[3] = {{&newline, torn_ ? size_t{1} : size_t{0}},
                           {const_cast<char*>(lines.first.data()), lines.first.size()},
                           {const_cast<char*>(lines.second.data()), lines.second.size()}};
  return ::writev(fd_.get(), pieces, 3);
}

// A pipe may be full, and shared with processes whose lines must not mix with ours: writes of up to PIPE_BUF bytes are
// atomic, and do not block where poll saw room, even if the descriptor is a blocking one.
ssize_t FileOutput::writePipe(const LineRing::Pieces& lines) {
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

}  // namespace weir
