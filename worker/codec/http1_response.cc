// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/http1_response.h"

#include <algorithm>
#include <cstring>

#include "worker/codec/byte_scan.h"
#include "worker/codec/framing.h"

namespace weir {
namespace {

constexpr std::string_view kStartForm = "HTTP/1.0 000";  // a zero stands for any digit

bool hasStartForm(std::string_view text) {
  constexpr std::string_view kUsual = "HTTP/1.1 ";
  if (text.size() == kStartForm.size() && std::memcmp(text.data(), kUsual.data(), kUsual.size()) == 0)
    return isDigit(text[9]) && isDigit(text[10]) && isDigit(text[11]);
  for (size_t i = 0; i < text.size(); ++i)
    if (kStartForm[i] == '0' ? !isDigit(text[i]) : text[i] != kStartForm[i]) return false;
  return true;
}

uint16_t statusOf(std::string_view digits) {
  return static_cast<uint16_t>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
}

// RFC 9112 6.3: no content, whatever the fields say (S-34).
bool neverHasBody(uint16_t status, Method request_method) {
  if (request_method == Method::Head || status < 200 || status == 204 || status == 304) return true;
  return request_method == Method::Connect && status < 300;
}

}  // namespace

void ResponseHead::clear() {
  MessageHead::clear();
  status = 0;
  reason = {};
}

void ResponseParser::reset(const ResponseLimits& limits, Method request_method) {
  limits_ = limits;
  // Underscores are the server's own affair: the rule of S-26 protects servers from clients.
  fields_.reset({limits.max_head, limits.max_fields, limits.max_head, true});
  head_.clear();
  at_ = 0;
  request_method_ = request_method;
  state_ = State::StatusLine;
  failure_ = Cause::None;
}

ParseStatus ResponseParser::parse(std::string_view head_so_far) {
  while (state_ != State::Ended)
    if (const Status status = step(head_so_far); status != Status::Done) return status;
  return failure_ == Cause::None ? Status::Done : Status::Failed;
}

ParseStatus ResponseParser::step(std::string_view text) {
  switch (state_) {
    case State::StatusLine:
      return parseStatusLine(text);
    case State::Reason:
      return parseReason(text);
    case State::Fields:
      return parseFields(text);
    case State::Ended:
      break;
  }
  return Status::Done;
}

ParseStatus ResponseParser::parseStatusLine(std::string_view text) {
  const std::string_view start = text.substr(0, std::min<size_t>(kStartForm.size(), limits_.max_head));
  if (!hasStartForm(start)) return fail(Cause::UpstreamBadHeader);
  if (start.size() < kStartForm.size()) return starved(text, 0);
  head_.minor_version = start[7] == '0' ? 0 : 1;
  head_.status = statusOf(start.substr(9));
  if (head_.status < 100) return fail(Cause::UpstreamBadHeader);
  at_ = static_cast<uint32_t>(kStartForm.size());
  state_ = State::Reason;
  return Status::Done;
}

// The space before an empty reason is forgotten by many servers and harmless to miss: "HTTP/1.1 200\r\n" passes.
ParseStatus ResponseParser::parseReason(std::string_view text) {
  constexpr size_t kSpace = kStartForm.size();
  const std::string_view seen = text.substr(0, limits_.max_head);
  if (seen.size() > kSpace && seen[kSpace] != ' ' && seen[kSpace] != '\r') return fail(Cause::UpstreamBadHeader);
  const size_t at = scanTo<ValueStop>(seen.data(), at_, seen.size());
  if (at == seen.size() || (seen[at] == '\r' && at + 1 == seen.size())) return starved(text, at);
  if (seen[at] != '\r' || seen[at + 1] != '\n') return fail(Cause::UpstreamBadHeader);
  head_.reason.at = kSpace + 1;
  head_.reason.size = at > kSpace ? static_cast<uint32_t>(at - kSpace - 1) : 0;
  fields_.begin(static_cast<uint32_t>(at + 2), head_);
  state_ = State::Fields;
  return Status::Done;
}

ParseStatus ResponseParser::parseFields(std::string_view text) {
  const Status status = fields_.parse(text, head_);
  if (status == Status::NeedMore) return status;
  if (status == Status::Failed)
    return fail(fields_.failure() == Cause::BadRequest ? Cause::UpstreamBadHeader : Cause::UpstreamHeaderTooBig);
  const char* base = text.data();
  if (readConnection(base, head_) != Cause::None) return fail(Cause::UpstreamBadHeader);
  if (readFraming(base, head_) != Cause::None) return fail(Cause::UpstreamBadHeader);
  decideBody();
  state_ = State::Ended;
  return status;
}

void ResponseParser::decideBody() {
  head_.upgrade = head_.upgrade && head_.status == 101;
  if (neverHasBody(head_.status, request_method_)) {
    head_.framing = BodyFraming::None;
    head_.content_length = 0;
  } else if (head_.framing == BodyFraming::None) {
    head_.framing = BodyFraming::UntilClose;
    head_.keep_alive = false;
  }
}

ParseStatus ResponseParser::starved(std::string_view text, size_t resume) {
  at_ = static_cast<uint32_t>(resume);
  return text.size() >= limits_.max_head ? fail(Cause::UpstreamHeaderTooBig) : Status::NeedMore;
}

ParseStatus ResponseParser::fail(Cause cause) {
  failure_ = cause;
  state_ = State::Ended;
  return Status::Failed;
}

}  // namespace weir
