// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/chunked.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <string>

#include "worker/codec/byte_scan.h"
#include "worker/codec/field_parser.h"

namespace weir {

struct TrailerSection {
  std::string text;
  MessageHead fields;
  FieldParser parser;
};

namespace {

constexpr uint32_t kMaxDigits = 16;

// Fields that mean something to framing, routing, authentication or the connection are never trailers (RFC 9110
// 6.5.1). Of the names we know, only these describe content that is complete by then.
constexpr HeaderSet kTrailers = setOf(HeaderId::Other, HeaderId::ETag, HeaderId::LastModified);
// With these, somebody behind us could take the rest of the connection for something else: not ignored but refused.
constexpr HeaderSet kRefused = setOf(HeaderId::ContentLength, HeaderId::TransferEncoding, HeaderId::Host);

std::unique_ptr<TrailerSection> newTrailers() {
  auto section = std::make_unique<TrailerSection>();
  section->parser.reset({kMaxTrailerSize, kMaxTrailerFields, kMaxTrailerSize, true});
  section->parser.begin(0, section->fields);
  return section;
}

unsigned digitValue(char c) {
  if (isDigit(c)) return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a' + 10);
}

}  // namespace

ChunkedDecoder::ChunkedDecoder() = default;
ChunkedDecoder::~ChunkedDecoder() = default;
ChunkedDecoder::ChunkedDecoder(ChunkedDecoder&&) noexcept = default;
ChunkedDecoder& ChunkedDecoder::operator=(ChunkedDecoder&&) noexcept = default;

void ChunkedDecoder::reset() {
  left_ = 0;
  line_ = 0;
  state_ = State::Size;
  trailer_.reset();
}

ChunkedDecoder::Step ChunkedDecoder::next(std::string_view input) {
  for (size_t at = 0;;) {
    if (state_ == State::Ended) return {Event::End, at, {}};
    if (state_ == State::Failed) return {Event::Failed, at, {}};
    if (at == input.size()) return {Event::NeedMore, at, {}};
    if (state_ == State::Data) return readData(at, input.substr(at));
    if (state_ == State::LastCr && input[at] != '\r') state_ = State::Trailers;
    if (state_ == State::Trailers) return readTrailers(at, input.substr(at));
    state_ = afterByte(input[at++]);
  }
}

ChunkedDecoder::State ChunkedDecoder::afterByte(char c) {
  const auto only = [c](char wanted, State then) { return c == wanted ? then : State::Failed; };
  switch (state_) {
    case State::SizeLf:
      return afterSizeLine(c);
    case State::DataCr:
      return only('\r', State::DataLf);
    case State::DataLf:
      return only('\n', State::Size);
    case State::LastCr:
      return only('\r', State::LastLf);
    case State::LastLf:
      return only('\n', State::Ended);
    default:
      return ++line_ < kMaxChunkLine ? inSizeLine(c) : State::Failed;
  }
}

// Without the optional white space that RFC 9112 7.1.1 calls bad, and without quoted pairs: no sender is known to use
// either, and both have hidden requests from one of two parsers.
ChunkedDecoder::State ChunkedDecoder::inSizeLine(char c) {
  const bool in_token = isIn(c, kTokenByte);
  switch (state_) {
    case State::Size:
      if (isIn(c, kHexDigit)) return addDigit(c);
      return line_ > 1 ? endOfPart(c) : State::Failed;
    case State::ExtNameBegin:
      return in_token ? State::ExtName : State::Failed;
    case State::ExtName:
      if (c == '=') return State::ExtValueBegin;
      return in_token ? State::ExtName : endOfPart(c);
    case State::ExtValueBegin:
      if (c == '"') return State::ExtQuoted;
      return in_token ? State::ExtValue : State::Failed;
    case State::ExtValue:
      return in_token ? State::ExtValue : endOfPart(c);
    case State::ExtQuoted:
      if (c == '"') return State::ExtQuotedEnd;
      return c == '\\' || ValueStop::stops(c) ? State::Failed : State::ExtQuoted;
    default:
      return endOfPart(c);
  }
}

ChunkedDecoder::State ChunkedDecoder::endOfPart(char c) {
  if (c == '\r') return State::SizeLf;
  return c == ';' ? State::ExtNameBegin : State::Failed;
}

ChunkedDecoder::State ChunkedDecoder::afterSizeLine(char c) {
  line_ = 0;
  if (c != '\n') return State::Failed;
  return left_ > 0 ? State::Data : State::LastCr;
}

ChunkedDecoder::State ChunkedDecoder::addDigit(char c) {
  left_ = left_ << 4 | digitValue(c);
  const bool fits_63_bits = line_ < kMaxDigits || (line_ == kMaxDigits && left_ >> 63 == 0);
  return fits_63_bits ? State::Size : State::Failed;
}

ChunkedDecoder::Step ChunkedDecoder::readData(size_t skipped, std::string_view rest) {
  const std::string_view data = rest.substr(0, std::min<uint64_t>(left_, rest.size()));
  left_ -= data.size();
  if (left_ == 0) state_ = State::DataCr;
  return {Event::Data, skipped + data.size(), data};
}

ChunkedDecoder::Step ChunkedDecoder::readTrailers(size_t skipped, std::string_view rest) {
  if (!trailer_) trailer_ = newTrailers();
  std::string& text = trailer_->text;
  const size_t before = text.size();
  text.append(rest.substr(0, kMaxTrailerSize - before));
  const size_t taken = text.size() - before;
  const ParseStatus status = trailer_->parser.parse(text, trailer_->fields);
  if (status == ParseStatus::NeedMore) return {Event::NeedMore, skipped + taken, {}};
  if (status == ParseStatus::Failed || (trailer_->fields.present & kRefused) != 0) {
    state_ = State::Failed;
    return {Event::Failed, skipped, {}};
  }
  text.resize(trailer_->fields.size);
  for (HeaderField& field : trailer_->fields.fields) field.ignored = !contains(kTrailers, field.id);
  state_ = State::Ended;
  return {Event::End, skipped + text.size() - before, {}};
}

const MessageHead* ChunkedDecoder::trailers() const {
  return trailer_ && state_ == State::Ended ? &trailer_->fields : nullptr;
}

std::string_view ChunkedDecoder::trailerText() const {
  return trailers() != nullptr ? std::string_view(trailer_->text) : std::string_view();
}

std::string_view writeChunkHead(uint64_t size, ChunkHead& head) {
  assert(size > 0);
  char* end = std::to_chars(head.data(), head.data() + kMaxDigits, size, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  return {head.data(), static_cast<size_t>(end - head.data())};
}

}  // namespace weir
