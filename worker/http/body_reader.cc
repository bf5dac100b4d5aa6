// SPDX-License-Identifier: Apache-2.0
#include "worker/http/body_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace weir {
namespace {

// So much in one piece is worth a system call of its own.
constexpr size_t kWholePiece = BufferPool::kMedium;

}  // namespace

void BodyReader::begin(BodyFraming framing, uint64_t content_length) {
  framing_ = framing;
  limit_ = 0;
  left_ = framing == BodyFraming::Length ? content_length : 0;
  ended_ = framing == BodyFraming::None || (framing == BodyFraming::Length && left_ == 0);
  received_ = 0;
  raw_ = 0;
  ask_again_ = false;
  last_decoded_ = false;
  if (framing == BodyFraming::Chunked) chunked_.reset();
}

BodyReader::Pull BodyReader::pull(Stream& stream, Buffer& buffer) {
  Pull decoded = decode(buffer);
  // More than once only where what came was framing alone.
  while (decoded.status == Status::Blocked && (stream.readable() || std::exchange(ask_again_, false))) {
    if (buffer.size() == 0) buffer.clear();
    if (buffer.space().empty()) buffer.compact();
    IoResult got = stream.recv(buffer.space());
    if (got.status == IoStatus::Closed) return endOfStream();
    if (got.status == IoStatus::Failed) return {Status::Failed, {}, false, got.os_error};
    buffer.produced(got.bytes);
    raw_ += got.bytes;
    ask_again_ = got.status == IoStatus::Ok;
    decoded = decode(buffer);
  }
  return decoded;
}

BodyReader::Pull BodyReader::decode(Buffer& buffer) {
  if (ended_) return {Status::End, {}, true};
  if (framing_ == BodyFraming::Chunked) return decodeChunked(buffer);
  std::string_view bytes = buffer.data();
  if (bytes.empty()) return {Status::Blocked};
  if (framing_ == BodyFraming::UntilClose) return {Status::Data, bytes};
  bytes = bytes.substr(0, left_);
  return {Status::Data, bytes, bytes.size() == left_};
}

BodyReader::Pull BodyReader::decodeChunked(Buffer& buffer) {
  // left_ bytes at the front were already decoded, and not consumed yet.
  if (left_ > 0) return {Status::Data, buffer.data().substr(0, left_), last_decoded_};
  auto step = chunked_.next(buffer.data());
  switch (step.event) {
    case ChunkedDecoder::Event::Data:
      // Framing goes now, data when it is consumed.
      buffer.consumed(step.consumed - step.data.size());
      left_ = step.data.size();
      joinChunks(buffer);
      if (limit_ > 0 && received_ + left_ > limit_) return {Status::TooLarge};
      return {Status::Data, buffer.data().substr(0, left_), last_decoded_};
    case ChunkedDecoder::Event::NeedMore:
      buffer.consumed(step.consumed);
      return {Status::Blocked};
    case ChunkedDecoder::Event::End:
      buffer.consumed(step.consumed);
      ended_ = true;
      return {Status::End, {}, true};
    case ChunkedDecoder::Event::Failed:
      break;
  }
  return {Status::Malformed};
}

// Small chunks that are there go on as one: who sends a byte in each shall not cost a system call and a packet for
// each. Their data moves up to the first one's, and what was not decoded to its end.
void BodyReader::joinChunks(Buffer& buffer) {
  std::string_view rest = buffer.data().substr(left_);
  char* end = buffer.begin() + buffer.readOffset() + left_;
  while (!rest.empty() && left_ < kWholePiece && !last_decoded_) {
    auto step = chunked_.next(rest);
    rest.remove_prefix(step.consumed);
    last_decoded_ = step.event == ChunkedDecoder::Event::End;
    if (step.event != ChunkedDecoder::Event::Data) break;  // another call tells what fails
    std::memmove(end, step.data.data(), step.data.size());
    end += step.data.size();
    left_ += step.data.size();
  }
  buffer.erase(left_, buffer.size() - left_ - rest.size());
}

uint64_t BodyReader::direct(const Buffer& buffer) const {
  if (framing_ != BodyFraming::Length) return 0;
  uint64_t buffered = buffer ? buffer.size() : 0;
  return left_ - std::min(left_, buffered);
}

void BodyReader::tookDirectly(uint64_t bytes) {
  raw_ += bytes;
  received_ += bytes;
  left_ -= bytes;
  ended_ = left_ == 0;
}

BodyReader::Pull BodyReader::endOfStream() {
  if (framing_ != BodyFraming::UntilClose) return {Status::Truncated};
  ended_ = true;
  return {Status::End, {}, true};
}

void BodyReader::consume(Buffer& buffer, size_t bytes) {
  buffer.consumed(bytes);
  received_ += bytes;
  if (framing_ == BodyFraming::UntilClose) return;
  left_ -= bytes;
  if (left_ == 0 && (framing_ == BodyFraming::Length || last_decoded_)) ended_ = true;
}

}  // namespace weir
