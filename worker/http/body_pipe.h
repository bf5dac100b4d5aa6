// SPDX-License-Identifier: Apache-2.0
#pragma once
// BodyPipe: body bytes of a known number on their way from one plain stream to another, by a pipe and without a copy.
// Holds a pipe only while bytes are in it or are about to be. Nothing is read before the sink has taken what was read:
// that is the back-pressure. Belongs to whoever passes the body on.

#include <cstdint>

#include "worker/net/pipe.h"
#include "worker/net/stream.h"

namespace weir {

class BodyPipe {
 public:
  // From so many bytes on a detour by a pipe costs less than a copy.
  static constexpr uint64_t kWorthwhile = 16 * 1024;
  // Held at once: what a slow reader may cost.
  static constexpr uint64_t kMost = 256 * 1024;

  bool holds() const { return pipe_ && pipe_.size() > 0; }
  // REQUIRES: holds(). For sinks that count what they send.
  Pipe& pipe() { return pipe_; }

  // A pipe is there to be filled; false when none can be had, and the bytes must be copied.
  bool open(PipePool& pipes);
  // Reads at most left bytes. As Stream::recvInto(), but Blocked at once where nothing can have come.
  // REQUIRES: open(), not holds()
  IoResult fill(Stream& source, uint64_t left);
  void release() { pipe_.release(); }

 private:
  Pipe pipe_;
  // A reset behind the bytes of a short read makes no edge of its own: only another read shows it.
  bool ask_again_ = false;
};

}  // namespace weir
