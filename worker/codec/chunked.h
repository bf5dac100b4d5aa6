// SPDX-License-Identifier: Apache-2.0
#pragma once
// The chunked transfer coding (RFC 9112 7.1): a decoder that gives views into its input and keeps no body byte, and
// the encoder's two pieces. Extensions are bounded and ignored, trailers validated, bounded and kept apart (S-35).

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "worker/codec/http_head.h"

namespace weir {

inline constexpr uint32_t kMaxChunkLine = 256;     // size and extensions of one chunk, bytes
inline constexpr uint32_t kMaxTrailerSize = 4096;  // the whole trailer section, bytes
inline constexpr uint32_t kMaxTrailerFields = 32;

struct TrailerSection;

class ChunkedDecoder {
 public:
  enum class Event : uint8_t { NeedMore, Data, End, Failed };

  struct Step {
    Event event = Event::NeedMore;
    size_t consumed = 0;    // bytes of input that are done with, data included; all of them with NeedMore
    std::string_view data;  // Data: inside input, never empty
  };

  ChunkedDecoder();
  ~ChunkedDecoder();
  ChunkedDecoder(ChunkedDecoder&&) noexcept;
  ChunkedDecoder& operator=(ChunkedDecoder&&) noexcept;

  void reset();

  // Call until NeedMore, End or Failed, each time with what follows the consumed bytes. With End, what follows belongs
  // to the next message. After End or Failed the answer does not change.
  Step next(std::string_view input);

  // After End: the fields behind the last chunk, null when there were none. ignored is set where RFC 9110 6.5.1 forbids
  // a trailer. Offsets count from trailerText(), which holds the lines and the final CRLF; both live until reset().
  const MessageHead* trailers() const;
  std::string_view trailerText() const;

 private:
  // What is read next. Ext...: a chunk extension (RFC 9112 7.1.1). LastCr: the CR that ends the body, or a trailer.
  enum class State : uint8_t {
    Size,
    ExtNameBegin,
    ExtName,
    ExtValueBegin,
    ExtValue,
    ExtQuoted,
    ExtQuotedEnd,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    LastCr,
    LastLf,
    Trailers,
    Ended,
    Failed,
  };

  State afterByte(char c);
  State inSizeLine(char c);
  State afterSizeLine(char c);
  State addDigit(char c);
  static State endOfPart(char c);
  Step readData(size_t skipped, std::string_view rest);
  Step readTrailers(size_t skipped, std::string_view rest);

  uint64_t left_ = 0;  // of the current chunk
  uint32_t line_ = 0;  // bytes of the current size line
  State state_ = State::Size;
  std::unique_ptr<TrailerSection> trailer_;  // only when there are trailers
};

inline constexpr std::string_view kLastChunk = "0\r\n\r\n";  // without trailers
inline constexpr std::string_view kChunkEnd = "\r\n";        // behind a chunk's data

using ChunkHead = std::array<char, 18>;  // 16 digits and CRLF

// "1a2b\r\n". A view into head. REQUIRES: size > 0 (0 would end the body)
std::string_view writeChunkHead(uint64_t size, ChunkHead& head);

}  // namespace weir
