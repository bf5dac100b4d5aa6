// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/field_parser.h"

#include <algorithm>
#include <cstring>

#include "worker/codec/byte_scan.h"
#include "worker/codec/header_lookup.h"

namespace weir {
namespace {

// A second one is refused at once (S-26).
constexpr HeaderSet kSingletons = setOf(HeaderId::Host, HeaderId::ContentLength, HeaderId::TransferEncoding);

bool isBlank(char c) { return c == ' ' || c == '\t'; }
bool isCrLf(const char* p) { return std::memcmp(p, "\r\n", 2) == 0; }

// Where the token that begins at `at` ends.
size_t tokenEnd(const char* base, size_t at, size_t end, bool& underscore) {
  for (;; ++at) {
    at = scanTo<PlainStop>(base, at, end);
    if (at == end || !isIn(base[at], kTokenByte)) return at;
    underscore |= base[at] == '_';
  }
}

// The white space around a value (RFC 9112 5.1) is cut off. The colon before it and the CR behind it end the search.
void setValue(HeaderField& field, const char* base, size_t colon, size_t cr) {
  size_t first = colon + 1;
  if (base[first] == ' ') ++first;
  while (isBlank(base[first])) ++first;
  size_t last = cr;
  while (isBlank(base[last - 1])) --last;
  field.value = static_cast<uint32_t>(first);
  field.value_size = static_cast<uint32_t>(last > first ? last - first : 0);
}

}  // namespace

void FieldParser::begin(uint32_t offset, MessageHead& head) {
  constexpr size_t kUsualFields = 16;
  if (head.fields.capacity() == 0) head.fields.reserve(kUsualFields);
  head.fields_begin = line_ = at_ = offset;
  colon_ = 0;
}

// Takes complete lines apart; whatever is not one ends in stop(). Both judge a byte by its place in its line, so that
// the answer does not depend on how the bytes were cut into calls.
ParseStatus FieldParser::parse(std::string_view text, MessageHead& head) {
  const char* base = text.data();
  const size_t end = std::min<size_t>(text.size(), limits_.max_head);
  const size_t max_count = std::min<size_t>(limits_.max_fields, UINT16_MAX);
  size_t count = head.fields.size();
  size_t colon = colon_;
  for (size_t begin = line_, at = at_;; begin = at, colon = 0) {
    if (colon == 0) {
      if (begin == end || base[begin] == '\r') return parseLast({{base, end}, begin, 0}, head);
      colon = scanTo<ColonStop>(base, at, end);
      if (colon == end) return stop({{base, end}, begin, 0}, end);
      at = colon + 1;
    }
    at = scanTo<ValueStop>(base, at, end);
    if (at + 2 > end || !isCrLf(base + at)) return stop({{base, end}, begin, colon}, at);
    at += 2;
    const header_lookup::Key& key = header_lookup::find({base + begin, colon - begin});
    bool underscore = false;
    if (key.id == HeaderId::Other && !checkName({{base, end}, begin, colon}, underscore)) return ParseStatus::Failed;
    if (at - begin > limits_.max_line || count >= max_count) return failLimits(at - begin);
    HeaderField& field = head.add(key.id, key.bit, count++);
    field.name = static_cast<uint32_t>(begin);
    field.name_size = static_cast<uint16_t>(colon - begin);
    field.line_end = static_cast<uint32_t>(at);
    field.hop_by_hop = key.hop_by_hop;
    field.ignored = underscore && !limits_.underscores;
    setValue(field, base, colon, at - 2);
    if ((head.repeated & kSingletons) != 0) return failAt({{base, end}, begin, colon}, begin);
  }
}

// A name without a HeaderId. White space before the colon and obs-fold (RFC 9112 5.1, 5.2) fail here.
bool FieldParser::checkName(Line line, bool& underscore) {
  const size_t end = tokenEnd(line.seen.data(), line.begin, line.colon, underscore);
  const bool is_name = end == line.colon && end > line.begin;
  if (!is_name) {
    failAt(line, end);
  } else if (end - line.begin > UINT16_MAX) {
    failure_ = Cause::HeaderTooLarge;
  }
  return failure_ == Cause::None;
}

// No name at the begin of a line: the CRLF behind the last field, or nothing yet.
ParseStatus FieldParser::parseLast(Line line, MessageHead& head) {
  const size_t end = line.begin + 2;
  if (end > line.seen.size()) return pause(line, line.begin);
  if (line.seen[end - 1] != '\n') return failAt(line, end - 1);
  head.size = static_cast<uint32_t>(end);
  return ParseStatus::Done;
}

// Before `at` neither the line's end nor an error of its value was in sight.
ParseStatus FieldParser::stop(Line line, size_t at) {
  const size_t name_end = line.colon == 0 ? line.seen.size() : line.colon;
  const bool name_checked = colon_ != 0 && line.begin == line_;
  if (!name_checked) {
    bool underscore = false;
    const size_t token_end = tokenEnd(line.seen.data(), std::max<size_t>(line.begin, at_), name_end, underscore);
    if (token_end != name_end || name_end == line.begin) return failAt(line, token_end);
  }
  if (at == line.seen.size()) return pause(line, at);
  if (line.seen[at] != '\r') return failAt(line, at);
  return at + 1 == line.seen.size() ? pause(line, at) : failAt(line, at + 1);
}

// The bytes, or what the limits show of them, are used up.
ParseStatus FieldParser::pause(Line line, size_t resume) {
  line_ = static_cast<uint32_t>(line.begin);
  colon_ = static_cast<uint32_t>(line.colon);
  at_ = static_cast<uint32_t>(resume);
  const size_t seen = line.seen.size();
  if (seen < limits_.max_head && seen - line.begin < limits_.max_line) return ParseStatus::NeedMore;
  failure_ = Cause::HeaderTooLarge;
  return ParseStatus::Failed;
}

// The byte at `at` is wrong; if it is also behind the limit of its line, that counts.
ParseStatus FieldParser::failAt(Line line, size_t at) {
  failure_ = at - line.begin < limits_.max_line ? Cause::BadRequest : Cause::HeaderTooLarge;
  return ParseStatus::Failed;
}

ParseStatus FieldParser::failLimits(size_t line_size) {
  failure_ = line_size > limits_.max_line ? Cause::HeaderTooLarge : Cause::TooManyHeaders;
  return ParseStatus::Failed;
}

}  // namespace weir
