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

uint32_t offsetOf(const char* p, const char* base) { return static_cast<uint32_t>(p - base); }

// Where the token that begins at p ends.
const char* tokenEnd(const char* floor, const char* p, const char* end, bool& underscore) {
  for (;; ++p) {
    p = scanTo<PlainStop>(floor, p, end);
    if (p == end || !isIn(*p, kTokenByte)) return p;
    underscore |= *p == '_';
  }
}

bool isCrLf(const char* p) { return std::memcmp(p, "\r\n", 2) == 0; }

bool isBlank(char c) { return c == ' ' || c == '\t'; }

// The white space around a value (RFC 9112 5.1) is cut off. The colon before it and the CR behind it end the search.
void setValue(HeaderField& field, const char* base, const char* colon, const char* cr) {
  const char* first = colon + 1;
  if (*first == ' ') ++first;
  while (isBlank(*first)) ++first;
  const char* last = cr;
  while (isBlank(last[-1])) --last;
  field.value = offsetOf(first, base);
  field.value_size = last > first ? offsetOf(last, first) : 0;
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
  const char* end = base + std::min<size_t>(text.size(), limits_.max_head);
  const char* begin = base + line_;
  const char* colon = colon_ == 0 ? nullptr : base + colon_;
  const size_t max_count = std::min<size_t>(limits_.max_fields, UINT16_MAX);
  size_t count = head.fields.size();
  for (const char* p = base + at_;; begin = p, colon = nullptr) {
    if (colon == nullptr) {
      if (p == end || *begin == '\r') return parseLast({base, end, begin, nullptr}, head);
      colon = scanTo<ColonStop>(base, p, end);
      if (colon == end) return stop({base, end, begin, nullptr}, end);
      p = colon + 1;
    }
    p = scanTo<ValueStop>(base, p, end);
    if (end - p < 2 || !isCrLf(p)) return stop({base, end, begin, colon}, p);
    p += 2;
    const std::string_view name(begin, static_cast<size_t>(colon - begin));
    const header_lookup::Key& key = header_lookup::find(name);
    bool underscore = false;
    if (key.id == HeaderId::Other && !checkName({base, end, begin, colon}, underscore)) return ParseStatus::Failed;
    if (static_cast<size_t>(p - begin) > limits_.max_line || count >= max_count) return failLimits(begin, p);
    HeaderField& field = head.add(key.id, key.bit, count++);
    field.name = offsetOf(begin, base);
    field.name_size = static_cast<uint16_t>(name.size());
    field.line_end = offsetOf(p, base);
    field.hop_by_hop = key.hop_by_hop;
    field.ignored = underscore && !limits_.underscores;
    setValue(field, base, colon, p - 2);
    if ((head.repeated & kSingletons) != 0) return failAt({base, end, begin, colon}, begin);
  }
}

// A name without a HeaderId. White space before the colon and obs-fold (RFC 9112 5.1, 5.2) fail here.
bool FieldParser::checkName(Line line, bool& underscore) {
  const char* end = tokenEnd(line.base, line.begin, line.colon, underscore);
  if (end != line.colon || end == line.begin) {
    failAt(line, end);
    return false;
  }
  return line.colon - line.begin <= UINT16_MAX || fail(Cause::HeaderTooLarge);
}

// No name at the begin of a line: the CRLF behind the last field, or nothing yet.
ParseStatus FieldParser::parseLast(Line line, MessageHead& head) {
  const char* p = line.begin;
  if (line.end - p < 2) return pause(line, p);
  if (p[1] != '\n') return failAt(line, p + 1);
  head.size = offsetOf(p + 2, line.base);
  return ParseStatus::Done;
}

// Neither the line's end nor an error was in sight before p.
ParseStatus FieldParser::stop(Line line, const char* p) {
  const char* name_end = line.colon == nullptr ? line.end : line.colon;
  const bool name_seen = colon_ != 0 && line.begin == line.base + line_;
  if (!name_seen) {
    bool underscore = false;
    const char* unseen = std::max(line.begin, line.base + at_);
    const char* token_end = tokenEnd(line.base, unseen, name_end, underscore);
    if (token_end != name_end || name_end == line.begin) return failAt(line, token_end);
  }
  const bool cr_is_last = p + 1 == line.end && *p == '\r';
  if (p == line.end || cr_is_last) return pause(line, p);
  return failAt(line, *p == '\r' ? p + 1 : p);
}

// The bytes, or what the limits show of them, are used up.
ParseStatus FieldParser::pause(Line line, const char* resume) {
  line_ = offsetOf(line.begin, line.base);
  colon_ = line.colon == nullptr ? 0 : offsetOf(line.colon, line.base);
  at_ = offsetOf(resume, line.base);
  const bool head_full = static_cast<size_t>(line.end - line.base) >= limits_.max_head;
  if (head_full || static_cast<size_t>(line.end - line.begin) >= limits_.max_line) fail(Cause::HeaderTooLarge);
  return failure_ == Cause::None ? ParseStatus::NeedMore : ParseStatus::Failed;
}

ParseStatus FieldParser::failLimits(const char* begin, const char* line_end) {
  const bool too_long = static_cast<size_t>(line_end - begin) > limits_.max_line;
  fail(too_long ? Cause::HeaderTooLarge : Cause::TooManyHeaders);
  return ParseStatus::Failed;
}

// p is wrong; if it is also behind the limit of its line, that counts.
ParseStatus FieldParser::failAt(Line line, const char* p) {
  const bool in_limit = static_cast<size_t>(p - line.begin) < limits_.max_line;
  fail(in_limit ? Cause::BadRequest : Cause::HeaderTooLarge);
  return ParseStatus::Failed;
}

bool FieldParser::fail(Cause cause) {
  failure_ = cause;
  return false;
}

}  // namespace weir
