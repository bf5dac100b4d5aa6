// SPDX-License-Identifier: Apache-2.0
#pragma once
// RelayDirection: one half of a Relay: bytes from one stream to the other, through one buffer or one pipe that is held
// only while it has bytes. It reads nothing before the sink has taken what was read: that is the back-pressure, and the
// bound. Begins with a buffer; goes over to a pipe when reads fill that, and back when they have become small: a small
// message costs less as a copy. Part of its Relay.

#include <cstddef>
#include <cstdint>
#include <span>

#include "worker/net/buffer.h"
#include "worker/net/pipe.h"
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

  // What bytes pass through on their way.
  struct Means {
    BufferPool& buffers;
    size_t buffer_size;
    PipePool* pipes;   // null: everything is copied
    bool end_follows;  // the source's end is passed on at once: the last bytes may wait for it and leave together
  };

  // owed: bytes of the source that were read before; they go first.
  void begin(Stream& source, Stream& sink, Buffer owed);

  // Moves at most about budget bytes. After Ended or Broken the answer does not change.
  Progress pump(const Means& means, size_t budget);

  // Reads no more: what is held still goes to the sink, then the direction has ended.
  void drain();

  // The last read came back short or with nothing, which does not prove that nothing is there: behind the bytes may be
  // an urgent mark (tcp(7)), or a reset, which epoll reports together with the data and never again.
  bool unsure() const { return unsure_; }
  // The next pump reads, whatever is known, and by a copy.
  void askAgain();

  bool over() const { return state_ == State::Over; }
  Fault fault() const { return fault_; }
  int osError() const { return os_error_; }
  // Bytes that the sink has taken, owed ones included.
  uint64_t moved() const { return moved_; }
  size_t held() const { return (buffer_ ? buffer_.size() : 0) + (pipe_ ? pipe_.size() : 0); }
  // Goes by pipes for now.
  bool splicing() const { return splicing_; }

 private:
  enum class State : uint8_t { AwaitSource, AwaitSink, Over };
  // Reads by a pipe in a row that a small buffer could have taken.
  static constexpr uint8_t kSmallReads = 4;

  Progress read(const Means& means, size_t budget);
  Progress copy(const Means& means, size_t budget);
  void lookForEnd(std::span<char> room);
  Progress splice(const Means& means, size_t budget);
  Progress readFailed(IoResult got);
  Progress send(bool end_follows);
  Progress sent(IoResult result);
  Progress breakAt(Fault fault, int os_error);
  bool mayRead();

  Stream* source_ = nullptr;
  Stream* sink_ = nullptr;
  Buffer buffer_;
  Pipe pipe_;
  State state_ = State::AwaitSource;
  Fault fault_ = Fault::None;
  bool ask_again_ = false;
  bool unsure_ = false;
  bool draining_ = false;
  bool splicing_ = false;
  uint8_t small_reads_ = 0;
  int os_error_ = 0;
  int late_error_ = 0;  // the source's, found behind bytes that are to be delivered first
  uint64_t moved_ = 0;
};

}  // namespace weir
