// SPDX-License-Identifier: Apache-2.0
#pragma once
// RelayDirection: one half of a Relay: bytes from one stream to the other, through one buffer that is held only while
// it has bytes. It reads nothing before the sink has taken what was read: that is the back-pressure, and the bound.
// Part of its Relay. (Here a splice between two TcpStreams would replace the buffer by a pipe.)

#include <cstddef>
#include <cstdint>

#include "worker/net/buffer.h"
#include "worker/net/stream.h"

namespace weir {

class RelayDirection {
 public:
  enum class Progress : uint8_t {
    More,     // the budget is used up
    Blocked,  // waits for its source or its sink
    Ended,    // the source has ended, and the sink has every byte
    Broken,   // see fault()
  };
  // Which stream failed. Memory: no buffer could be had.
  enum class Fault : uint8_t { None, Source, Sink, Memory };

  // owed: bytes of the source that were read before; they go first.
  void begin(Stream& source, Stream& sink, Buffer owed);

  // Moves at most about budget bytes, in pieces of buffer_size. After Ended or Broken the answer does not change.
  Progress pump(BufferPool& pool, size_t buffer_size, size_t budget);

  // Reads no more: what is held still goes to the sink, then the direction has ended.
  void drain();

  bool over() const { return state_ == State::Over; }
  Fault fault() const { return fault_; }
  int osError() const { return os_error_; }
  // Bytes that the sink has taken, owed ones included.
  uint64_t moved() const { return moved_; }
  size_t held() const { return buffer_ ? buffer_.size() : 0; }

 private:
  enum class State : uint8_t { AwaitSource, AwaitSink, Over };

  Progress read(BufferPool& pool, size_t buffer_size);
  Progress send();
  Progress breakAt(Fault fault, int os_error);

  Stream* source_ = nullptr;
  Stream* sink_ = nullptr;
  Buffer buffer_;
  State state_ = State::AwaitSource;
  Fault fault_ = Fault::None;
  bool ask_again_ = false;
  bool draining_ = false;
  int os_error_ = 0;
  uint64_t moved_ = 0;
};

}  // namespace weir
