// SPDX-License-Identifier: Apache-2.0
#include "worker/http/message_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "worker/codec/chunked.h"

namespace weir {
namespace {

constexpr std::string_view kChunkEndAndLast = "\r\n0\r\n\r\n";
constexpr std::string_view kLastChunkLine = "0\r\n";
constexpr std::string_view kEndOfLines = "\r\n";

}  // namespace

void MessageWriter::addTrailer(std::string_view name, std::string_view value) {
  if (framing_ == BodyFraming::Chunked) trailers_.append(name).append(": ").append(value).append(kEndOfLines);
}

std::span<char> MessageWriter::room(BufferPool& pool, size_t size) {
  if (buffer_ && buffer_.space().size() >= size) return buffer_.space();
  Buffer larger = pool.take(size + (buffer_ ? buffer_.size() : 0));
  if (!larger) return {};
  if (buffer_) larger.append(buffer_.data());
  buffer_ = std::move(larger);
  return buffer_.space();
}

bool MessageWriter::stage(BufferPool& pool, std::string_view bytes) {
  if (bytes.empty()) return true;
  std::span<char> to = room(pool, bytes.size());
  if (to.size() < bytes.size()) return false;
  buffer_.append(bytes);
  return true;
}

void MessageWriter::consumeStaged(size_t bytes) {
  buffer_.consumed(bytes);
  if (buffer_.size() == 0) buffer_.release();
}

IoResult MessageWriter::write(Stream& stream, BufferPool& pool, std::string_view body, bool last) {
  if (ended_) return flush(stream);
  if (framing_ == BodyFraming::Chunked) return writeChunks(stream, pool, body, last);
  bool joins_end = last && then_end_ && !body.empty();
  IoResult result = writeIdentity(stream, body, joins_end ? &Stream::sendMore : &Stream::send);
  if (last && result.bytes == body.size() && result.status != IoStatus::Failed) {
    ended_ = true;
    end_is_due_ = joins_end;
  }
  return result;
}

IoResult MessageWriter::writeIdentity(Stream& stream, std::string_view body, Send send) {
  if (hasStaged() && body.size() <= std::min(kCopyBelow, buffer_.space().size())) {
    buffer_.append(body);
    IoResult flushed = flushBy(stream, send);
    return flushed.status == IoStatus::Failed ? flushed : IoResult{IoStatus::Ok, body.size()};
  }
  return sendPieces(stream, body, {}, send);
}

IoResult MessageWriter::writeFrom(Stream& stream, std::string_view first, Pipe& pipe, bool last) {
  IoResult joined = sendPieces(stream, first, {}, &Stream::sendMore);
  if (joined.status != IoStatus::Ok || hasStaged() || joined.bytes < first.size()) return joined;
  if (!stream.writable()) return {first.empty() ? IoStatus::Blocked : IoStatus::Ok, first.size()};
  IoResult result = stream.sendFrom(pipe);
  if (result.status == IoStatus::Failed) return result;
  sent_ += result.bytes;
  if (last && pipe.size() == 0) ended_ = true;
  size_t taken = first.size() + result.bytes;
  return {taken > 0 ? IoStatus::Ok : result.status, taken};
}

// A second round only when more is offered than the chunk announced earlier needs: what is left then would wait for a
// stream that is writable already.
IoResult MessageWriter::writeChunks(Stream& stream, BufferPool& pool, std::string_view body, bool last) {
  if (body.empty()) return last ? endChunked(stream, pool) : IoResult{IoStatus::Ok};
  size_t taken = 0;
  while (taken < body.size()) {
    IoResult result = writeChunk(stream, pool, body.substr(taken), last);
    if (result.status == IoStatus::Failed) return result;
    taken += result.bytes;
    if (chunk_left_ > 0) return {taken > 0 ? IoStatus::Ok : result.status, taken};
  }
  if (!last || ended_) return {IoStatus::Ok, taken};
  IoResult ended = endChunked(stream, pool);
  return ended.status == IoStatus::Failed ? ended : IoResult{IoStatus::Ok, taken};
}

// REQUIRES: body is not empty
IoResult MessageWriter::writeChunk(Stream& stream, BufferPool& pool, std::string_view body, bool last) {
  if (chunk_left_ == 0) {
    ChunkHead head;
    if (!stage(pool, writeChunkHead(body.size(), head))) return {IoStatus::Failed, 0, ENOMEM};
    chunk_left_ = body.size();
  }
  // A chunk announced earlier must be completed with exactly its size.
  std::string_view part = body.substr(0, chunk_left_);
  bool completes = part.size() == chunk_left_;
  bool ends = completes && last && part.size() == body.size() && trailers_.empty();
  std::string_view suffix = !completes ? std::string_view() : ends ? kChunkEndAndLast : kChunkEnd;
  IoResult result = sendPieces(stream, part, suffix);
  if (result.status == IoStatus::Failed) return result;
  size_t taken = std::min(result.bytes, part.size());
  chunk_left_ -= taken;
  if (chunk_left_ == 0) {
    if (!stage(pool, suffix.substr(result.bytes - taken))) return {IoStatus::Failed, 0, ENOMEM};
    ended_ = ends;
  }
  return {result.status, taken};
}

IoResult MessageWriter::endChunked(Stream& stream, BufferPool& pool) {
  if (!stage(pool, kLastChunkLine) || !stage(pool, trailers_) || !stage(pool, kEndOfLines))
    return {IoStatus::Failed, 0, ENOMEM};
  ended_ = true;
  IoResult flushed = flush(stream);
  return flushed.status == IoStatus::Failed ? flushed : IoResult{IoStatus::Ok};
}

IoResult MessageWriter::sendPieces(Stream& stream, std::string_view first, std::string_view second, Send send) {
  std::array<iovec, 3> parts;
  size_t count = 0;
  size_t waiting = hasStaged() ? buffer_.size() : 0;
  for (std::string_view piece : {waiting > 0 ? buffer_.data() : std::string_view(), first, second})
    if (!piece.empty()) parts[count++] = {const_cast<char*>(piece.data()), piece.size()};
  if (count == 0) return {IoStatus::Ok};
  if (!stream.writable()) return {IoStatus::Blocked};
  IoResult result = (stream.*send)({parts.data(), count});
  if (result.status != IoStatus::Ok) return result;
  sent_ += result.bytes;
  size_t of_staged = std::min(waiting, result.bytes);
  if (of_staged > 0) consumeStaged(of_staged);
  return {IoStatus::Ok, result.bytes - of_staged};
}

IoResult MessageWriter::writeFile(Stream& stream, const FileSlice& slice, bool join_head) {
  IoResult head = flushHead(stream, join_head);
  if (head.status != IoStatus::Ok) return head;
  if (!stream.writable()) return {IoStatus::Blocked};
  IoResult result = stream.sendFile(slice);
  sent_ += result.bytes;
  return result;
}

IoResult MessageWriter::flushHead(Stream& stream, bool more_follows) {
  if (!more_follows || !hasStaged()) return flush(stream);
  IoResult result = sendStaged(stream, &Stream::sendMore);
  if (result.status != IoStatus::Ok) return result;
  return hasStaged() ? IoResult{IoStatus::Blocked} : IoResult{IoStatus::Ok};
}

// REQUIRES: hasStaged()
IoResult MessageWriter::sendStaged(Stream& stream, Send send) {
  if (!stream.writable()) return {IoStatus::Blocked};
  iovec part{const_cast<char*>(buffer_.data().data()), buffer_.size()};
  IoResult result = (stream.*send)({&part, 1});
  if (result.status != IoStatus::Ok) return result;
  sent_ += result.bytes;
  consumeStaged(result.bytes);
  return result;
}

IoResult MessageWriter::flush(Stream& stream) { return flushBy(stream, &Stream::send); }

IoResult MessageWriter::flushBy(Stream& stream, Send send) {
  while (hasStaged()) {
    IoResult result = sendStaged(stream, send);
    if (result.status != IoStatus::Ok) return result;
  }
  return {IoStatus::Ok};
}

}  // namespace weir
