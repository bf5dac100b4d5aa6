// SPDX-License-Identifier: Apache-2.0
#pragma once
// BodyReader: the body of one HTTP/1 message, decoded, as views into the buffer its bytes arrive in. Pulled by whoever
// passes the body on: nothing is read from the stream before the last view was consumed, which is the back-pressure.
// Owns nothing; serves one message after another of a connection.

#include <cstdint>
#include <string_view>

#include "worker/codec/chunked.h"
#include "worker/codec/http_head.h"
#include "worker/net/buffer.h"
#include "worker/net/stream.h"

namespace weir {

class BodyReader {
 public:
  enum class Status : uint8_t {
    Data,       // bytes are there; last says whether the body is known to end with them
    Blocked,    // nothing now
    End,        // the body is complete
    Malformed,  // bad chunked framing
    Truncated,  // the other side ended in the middle
    TooLarge,   // more than setLimit() allows
    Failed,     // os_error
  };
  struct Pull {
    Status status;
    std::string_view bytes{};
    bool last = false;
    int os_error = 0;
  };

  // buffer's unread bytes are the body's beginning (and, behind its end, the next message's).
  void begin(BodyFraming framing, uint64_t content_length);
  // Bytes after which a chunked body is TooLarge; 0: none. begin() forgets it.
  void setLimit(uint64_t limit) { limit_ = limit; }

  // Decodes what is buffered, else reads once. The same bytes are given again until they are consumed.
  Pull pull(Stream& stream, Buffer& buffer);
  void consume(Buffer& buffer, size_t bytes);
  // Bytes that are still with the stream, behind those in the buffer, and are the body as they stand: who likes may
  // take them there, and says so by tookDirectly(). 0 when there are none, or only pull() knows.
  uint64_t direct(const Buffer& buffer) const;
  void tookDirectly(uint64_t bytes);

  bool ended() const { return ended_; }
  // What followed the last chunk, once pull() has said `last`; see ChunkedDecoder.
  const MessageHead* trailers() const { return framing_ == BodyFraming::Chunked ? chunked_.trailers() : nullptr; }
  std::string_view trailerText() const { return chunked_.trailerText(); }
  // Decoded bytes handed out and consumed so far.
  uint64_t received() const { return received_; }
  // Bytes read from the stream, framing included.
  uint64_t raw() const { return raw_; }
  bool untilClose() const { return framing_ == BodyFraming::UntilClose; }

 private:
  Pull decode(Buffer& buffer);
  Pull decodeChunked(Buffer& buffer);
  void joinChunks(Buffer& buffer);
  Pull endOfStream();

  BodyFraming framing_ = BodyFraming::None;
  bool ended_ = true;
  uint64_t left_ = 0;          // Length: of the body. Chunked: of the view given last
  bool last_decoded_ = false;  // Chunked: nothing is behind that view
  uint64_t received_ = 0;
  uint64_t limit_ = 0;
  uint64_t raw_ = 0;
  // A reset behind the bytes of a short read makes no edge of its own: only another read shows it.
  bool ask_again_ = false;
  ChunkedDecoder chunked_;
};

}  // namespace weir
