// SPDX-License-Identifier: Apache-2.0
#include "worker/net/relay_direction.h"

#include <utility>

namespace weir {

void RelayDirection::begin(Stream& source, Stream& sink, Buffer owed) {
  source_ = &source;
  sink_ = &sink;
  buffer_ = std::move(owed);
  if (isEmpty(buffer_)) buffer_.release();
  state_ = buffer_ ? State::AwaitSink : State::AwaitSource;
}

RelayDirection::Progress RelayDirection::pump(BufferPool& pool, size_t buffer_size, size_t budget) {
  uint64_t enough = moved_ + budget;
  Progress progress = Progress::More;
  while (progress == Progress::More) {
    if (state_ == State::Over) return fault_ == Fault::None ? Progress::Ended : Progress::Broken;
    if (moved_ >= enough) break;
    progress = state_ == State::AwaitSource ? read(pool, buffer_size) : send();
  }
  return progress;
}

// A short read does not prove that nothing more is there: behind it may be an urgent mark (tcp(7)), or a reset, which
// epoll reports together with the data and never again. So it is asked once more, until it says Blocked.
RelayDirection::Progress RelayDirection::read(BufferPool& pool, size_t buffer_size) {
  bool ask = std::exchange(ask_again_, false);
  if (!source_->readable() && !ask) return Progress::Blocked;
  buffer_ = pool.take(buffer_size);
  if (!buffer_) return breakAt(Fault::Memory, 0);
  IoResult got = source_->recv(buffer_.space());
  if (got.status == IoStatus::Ok) {
    buffer_.produced(got.bytes);
    ask_again_ = true;
    state_ = State::AwaitSink;
    return Progress::More;
  }
  buffer_.release();
  if (got.status == IoStatus::Blocked) return Progress::Blocked;
  if (got.status == IoStatus::Failed) return breakAt(Fault::Source, got.os_error);
  state_ = State::Over;
  return Progress::More;
}

RelayDirection::Progress RelayDirection::send() {
  if (!sink_->writable()) return Progress::Blocked;
  std::string_view bytes = buffer_.data();
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  IoResult sent = sink_->send({&part, 1});
  if (sent.status == IoStatus::Failed) return breakAt(Fault::Sink, sent.os_error);
  if (sent.status != IoStatus::Ok) return Progress::Blocked;
  moved_ += sent.bytes;
  buffer_.consumed(sent.bytes);
  if (buffer_.size() > 0) return Progress::More;
  buffer_.release();
  state_ = draining_ ? State::Over : State::AwaitSource;
  return Progress::More;
}

void RelayDirection::drain() {
  draining_ = true;
  if (state_ == State::AwaitSource) state_ = State::Over;
}

RelayDirection::Progress RelayDirection::breakAt(Fault fault, int os_error) {
  buffer_.release();
  state_ = State::Over;
  fault_ = fault;
  os_error_ = os_error;
  return Progress::More;
}

}  // namespace weir
