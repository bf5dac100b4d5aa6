// SPDX-License-Identifier: Apache-2.0
#pragma once
// MessageWriter: sends one HTTP/1 message: a staged head, then a body in the framing that the head announced. Head and
// first body bytes leave in one call. What the kernel does not take of the body stays with the caller; only framing
// and small pieces wait here, in one bounded buffer that exists while something waits.

#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "worker/codec/http_head.h"
#include "worker/net/buffer.h"
#include "worker/net/pipe.h"
#include "worker/net/stream.h"

namespace weir {

class MessageWriter {
 public:
  // Bodies up to this size are copied behind the head: one piece is cheaper to send than two.
  static constexpr size_t kCopyBelow = 2048;

  // Room for a head of at most this size; empty when memory is short. Ends with staged().
  std::span<char> room(BufferPool& pool, size_t size);
  // That many bytes were written into room().
  void staged(size_t bytes) { buffer_.produced(bytes); }

  // The framing of the body that follows. then_end: the stream's end follows it, so that the last bytes may wait for
  // that and leave together with it; see endIsDue().
  void beginBody(BodyFraming framing, bool then_end = false) {
    framing_ = framing;
    then_end_ = then_end;
    end_is_due_ = false;
    chunk_left_ = 0;
    ended_ = false;
    trailers_.clear();
  }
  // A field to be sent behind the body, where that is chunked (RFC 9112 7.1.2); before write() is told of the last
  // byte.
  void addTrailer(std::string_view name, std::string_view value);

  // Sends what is staged and these body bytes. The result's bytes are body bytes taken; fewer than given means that the
  // rest is to be offered again when the stream is writable. last: nothing follows, to be repeated until all is taken.
  IoResult write(Stream& stream, BufferPool& pool, std::string_view body, bool last);
  // Sends what is staged and these bytes of a file; join_head: in one packet where they fit. As write() in a framing of
  // Length. Ok with 0 bytes: the file has no more.
  IoResult writeFile(Stream& stream, const FileSlice& slice, bool join_head);
  // Nothing is put around body bytes: they may go by a pipe.
  bool isTransparent() const { return framing_ == BodyFraming::Length && !ended_; }
  // Sends what is staged, these bytes and then those that the pipe holds, joined. As write(); what was taken was taken
  // from the front. REQUIRES: isTransparent()
  IoResult writeFrom(Stream& stream, std::string_view first, Pipe& pipe, bool last);
  // Sends what is staged. Ok: all of it is with the kernel.
  IoResult flush(Stream& stream);

  BodyFraming framing() const { return framing_; }
  bool hasStaged() const { return !isEmpty(buffer_); }
  // The last byte was taken and nothing waits here.
  bool finished() const { return ended_ && !hasStaged(); }
  // The last bytes wait in the kernel for Stream::closeNow() or shutdownSend().
  bool endIsDue() const { return end_is_due_; }
  // Everything given to the kernel, heads and framing included.
  uint64_t sent() const { return sent_; }
  void resetCount() { sent_ = 0; }
  void abandon() { buffer_.release(); }

 private:
  using Send = IoResult (Stream::*)(std::span<const iovec>);

  IoResult writeIdentity(Stream& stream, std::string_view body, Send send);
  IoResult writeChunks(Stream& stream, BufferPool& pool, std::string_view body, bool last);
  IoResult writeChunk(Stream& stream, BufferPool& pool, std::string_view body, bool last);
  IoResult endChunked(Stream& stream, BufferPool& pool);
  // Sends what is staged, then these; the result counts bytes of these only.
  IoResult sendPieces(Stream& stream, std::string_view first, std::string_view second, Send send = &Stream::send);
  IoResult flushHead(Stream& stream, bool more_follows);
  IoResult flushBy(Stream& stream, Send send);
  IoResult sendStaged(Stream& stream, Send send);
  bool stage(BufferPool& pool, std::string_view bytes);
  void consumeStaged(size_t bytes);

  Buffer buffer_;
  BodyFraming framing_ = BodyFraming::None;
  bool ended_ = true;
  bool then_end_ = false;
  bool end_is_due_ = false;
  uint64_t chunk_left_ = 0;  // body bytes owed to the chunk whose head was staged
  uint64_t sent_ = 0;
  std::string trailers_;  // lines of the body that is sent
};

}  // namespace weir
