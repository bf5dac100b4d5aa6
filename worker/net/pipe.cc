// SPDX-License-Identifier: Apache-2.0
#include "worker/net/pipe.h"

#include <fcntl.h>
#include <unistd.h>

namespace weir {
namespace {

// What the pipe holds at most now: it is asked to be larger, and may be refused.
size_t enlarge(int fd, size_t wanted) {
  int size = ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(wanted));
  if (size < 0) size = ::fcntl(fd, F_GETPIPE_SZ);
  return size < 0 ? 0 : static_cast<size_t>(size);
}

}  // namespace

void Pipe::giveBack() { ends_->pool->give(std::move(ends_)); }

Pipe PipePool::take() {
  if (!idle_.empty()) {
    Pipe pipe(std::move(idle_.back()));
    idle_.pop_back();
    ++outstanding_;
    return pipe;
  }
  int fds[2];
  if (outstanding_ >= kMost || ::pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) return {};
  auto ends = std::make_unique<Pipe::Ends>(Pipe::Ends{this, Fd(fds[0]), Fd(fds[1]), 0});
  ends->capacity = enlarge(fds[1], kCapacity);
  if (ends->capacity < kLeast) return {};
  ++outstanding_;
  return Pipe(std::move(ends));
}

void PipePool::give(std::unique_ptr<Pipe::Ends> ends) {
  --outstanding_;
  if (ends->held == 0 && idle_.size() < kMostIdle) idle_.push_back(std::move(ends));
}

}  // namespace weir
