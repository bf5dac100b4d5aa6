// SPDX-License-Identifier: Apache-2.0
#include "worker/net/relay_direction.h"

#include <algorithm>
#include <utility>

namespace weir {

void RelayDirection::begin(Stream& source, Stream& sink, Buffer owed) {
  source_ = &source;
  sink_ = &sink;
  buffer_ = std::move(owed);
  if (isEmpty(buffer_)) buffer_.release();
  state_ = buffer_ ? State::AwaitSink : State::AwaitSource;
}

void RelayDirection::askAgain() {
  ask_again_ = true;
  splicing_ = false;
}

RelayDirection::Progress RelayDirection::pump(const Means& means, size_t budget) {
  uint64_t enough = moved_ + budget;
  Progress progress = Progress::More;
  while (progress == Progress::More) {
    if (state_ == State::Over) return fault_ == Fault::None ? Progress::Ended : Progress::Broken;
    if (moved_ >= enough) break;
    progress = state_ == State::AwaitSource ? read(means, enough - moved_) : send(means.end_follows);
  }
  return progress;
}

bool RelayDirection::mayRead() { return std::exchange(ask_again_, false) || source_->readable(); }

RelayDirection::Progress RelayDirection::read(const Means& means, size_t budget) {
  if (!mayRead()) return Progress::Blocked;
  if (splicing_ && !pipe_) pipe_ = means.pipes->take();
  return pipe_ ? splice(means, budget) : copy(means, budget);
}

RelayDirection::Progress RelayDirection::copy(const Means& means, size_t budget) {
  buffer_ = means.buffers.take(means.buffer_size);
  if (!buffer_) return breakAt(Fault::Memory, 0);
  std::span<char> room = buffer_.space();
  std::span<char> allowed = room.first(std::min(room.size(), budget));
  IoResult got = source_->recv(allowed);
  if (got.status != IoStatus::Ok) return readFailed(got);
  buffer_.produced(got.bytes);
  if (source_->hangup() && got.bytes < allowed.size()) lookForEnd(allowed.subspan(got.bytes));
  unsure_ = true;
  state_ = State::AwaitSink;
  splicing_ = got.bytes == room.size() && means.pipes != nullptr && source_->splices() && sink_->splices();
  small_reads_ = 0;
  return Progress::More;
}

// The end is there, but a short read does not prove that nothing comes before it (an urgent mark).
void RelayDirection::lookForEnd(std::span<char> room) {
  IoResult got = source_->recv(room);
  if (got.status == IoStatus::Ok) buffer_.produced(got.bytes);
  if (got.status == IoStatus::Closed) draining_ = true;
  if (got.status == IoStatus::Failed) late_error_ = got.os_error;
}

// splice(2) does not step over an urgent mark: it finds nothing there, or an end that comes behind more bytes. What a
// copy finds counts: at an end at once, else after a while.
RelayDirection::Progress RelayDirection::splice(const Means& means, size_t budget) {
  IoResult got = source_->recvInto(pipe_, std::min(pipe_.room(), budget));
  if (got.status == IoStatus::Closed) return pipe_.release(), copy(means, budget);
  if (got.status != IoStatus::Ok) {
    Progress failed = readFailed(got);
    unsure_ = got.status == IoStatus::Blocked;
    return failed;
  }
  ask_again_ = true;  // it may have stopped at any place
  state_ = State::AwaitSink;
  small_reads_ = got.bytes < BufferPool::kSmall ? static_cast<uint8_t>(small_reads_ + 1) : uint8_t{0};
  if (small_reads_ == kSmallReads) splicing_ = false;
  return Progress::More;
}

RelayDirection::Progress RelayDirection::readFailed(IoResult got) {
  buffer_.release();
  pipe_.release();
  unsure_ = false;
  if (got.status == IoStatus::Blocked) return Progress::Blocked;
  if (got.status == IoStatus::Failed) return breakAt(Fault::Source, got.os_error);
  state_ = State::Over;
  return Progress::More;
}

RelayDirection::Progress RelayDirection::send(bool end_follows) {
  if (!sink_->writable()) return Progress::Blocked;
  if (pipe_) return sent(sink_->sendFrom(pipe_));
  std::string_view bytes = buffer_.data();
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  IoResult result = draining_ && end_follows ? sink_->sendMore({&part, 1}) : sink_->send({&part, 1});
  if (result.status == IoStatus::Ok) buffer_.consumed(result.bytes);
  return sent(result);
}

RelayDirection::Progress RelayDirection::sent(IoResult result) {
  if (result.status == IoStatus::Failed) return breakAt(Fault::Sink, result.os_error);
  if (result.status != IoStatus::Ok) return Progress::Blocked;
  moved_ += result.bytes;
  if (held() > 0) return Progress::More;
  if (late_error_ != 0) return breakAt(Fault::Source, late_error_);
  buffer_.release();
  if (!splicing_ || draining_) pipe_.release();
  state_ = draining_ ? State::Over : State::AwaitSource;
  return Progress::More;
}

void RelayDirection::drain() {
  draining_ = true;
  if (state_ == State::AwaitSource) state_ = State::Over;
}

RelayDirection::Progress RelayDirection::breakAt(Fault fault, int os_error) {
  buffer_.release();
  pipe_.release();
  state_ = State::Over;
  fault_ = fault;
  os_error_ = os_error;
  return Progress::More;
}

}  // namespace weir
