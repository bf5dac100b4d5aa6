// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/http1_request.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "worker/codec/authority.h"
#include "worker/codec/byte_scan.h"
#include "worker/codec/framing.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, static_cast<size_t>(Method::kCount)> kMethods{
    "",        "GET",      "HEAD",      "POST",  "PUT",  "DELETE", "OPTIONS", "PATCH", "TRACE",
    "CONNECT", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",   "LOCK",    "UNLOCK"};

constexpr size_t kLongestMethod = 32;                      // more is no method but noise
constexpr uint8_t kMaxEmptyLines = 4;                      // RFC 9112 2.2 asks for one at least
constexpr std::string_view kVersionForm = "HTTP/0.0\r\n";  // a zero stands for any digit

bool hasVersionForm(std::string_view text) {
  constexpr std::string_view kUsual = "HTTP/1.1\r\n";
  if (text.size() == kUsual.size() && std::memcmp(text.data(), kUsual.data(), kUsual.size()) == 0) return true;
  for (size_t i = 0; i < text.size(); ++i)
    if (kVersionForm[i] == '0' ? !isDigit(text[i]) : text[i] != kVersionForm[i]) return false;
  return true;
}

Slice sliceOf(const char* base, std::string_view part) {
  return {static_cast<uint32_t>(part.data() - base), static_cast<uint32_t>(part.size())};
}

// RFC 9112 3.2.2. Only what a weir can forward: http and https.
bool readAbsolute(const char* base, std::string_view target, RequestHead& head) {
  const size_t colon = target.find("://");
  const std::string_view scheme = target.substr(0, colon);
  if (!equalsIgnoreCase(scheme, "http") && !equalsIgnoreCase(scheme, "https")) return false;
  if (colon == std::string_view::npos) return false;
  const std::string_view rest = target.substr(colon + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  Authority parsed;
  if (!parseAuthority(authority, parsed)) return false;
  head.form = TargetForm::Absolute;
  head.authority = sliceOf(base, authority);
  head.path = sliceOf(base, rest.substr(authority.size()));
  return true;
}

// RFC 9112 3.2.3, RFC 9110 9.3.6: the port is not optional.
bool readAuthority(std::string_view target, RequestHead& head) {
  Authority parsed;
  head.form = TargetForm::Authority;
  head.authority = head.target;
  head.path = {head.target.at + head.target.size, 0};
  return parseAuthority(target, parsed) && parsed.has_port && parsed.port != 0;
}

bool readTarget(const char* base, RequestHead& head) {
  const std::string_view target = head.target.in(base);
  if (head.method == Method::Connect) return readAuthority(target, head);
  head.path = head.target;
  if (target.front() == '/') return true;
  if (target != "*") return readAbsolute(base, target, head);
  head.form = TargetForm::Asterisk;
  return head.method == Method::Options;
}

bool hasValidHost(const char* base, const RequestHead& head) {
  const HeaderField* host = head.host();
  if (host == nullptr) return head.minor_version == 0;
  Authority parsed;
  return parseAuthority(host->valueIn(base), parsed, base);
}

bool announcesBody(const RequestHead& head) { return head.framing == BodyFraming::Chunked || head.content_length > 0; }

bool acceptsTrailers(std::string_view te) {
  while (!te.empty())
    if (equalsIgnoreCase(nextElement(te), "trailers")) return true;
  return false;
}

void readExpectations(const char* base, RequestHead& head) {
  if (const HeaderField* expect = head.find(HeaderId::Expect))
    head.expect_continue =
        head.minor_version > 0 && announcesBody(head) && equalsIgnoreCase(expect->valueIn(base), "100-continue");
  if (const HeaderField* te = head.find(HeaderId::Te)) head.te_trailers = acceptsTrailers(te->valueIn(base));
}

// What can be judged only when all fields are there.
Cause checkHead(const char* base, RequestHead& head) {
  if (!hasValidHost(base, head)) return Cause::BadRequest;
  if (const Cause cause = readConnection(base, head); cause != Cause::None) return cause;
  if (const Cause cause = readFraming(base, head); cause != Cause::None) return cause;
  if (head.method == Method::Connect && announcesBody(head)) return Cause::BadRequest;  // RFC 9110 9.3.6: no content
  readExpectations(base, head);
  return Cause::None;
}

}  // namespace

Method methodOf(std::string_view text) {
  if (text.starts_with("GET") && text.size() == 3) return Method::Get;
  for (size_t i = 1; i < kMethods.size(); ++i)
    if (text == kMethods[i]) return static_cast<Method>(i);
  return Method::Other;
}

std::string_view methodName(Method method) { return kMethods[static_cast<size_t>(method)]; }

void RequestHead::clear() {
  MessageHead::clear();
  method = Method::Other;
  form = TargetForm::Origin;
  expect_continue = te_trailers = false;
  method_text = target = path = authority = {};
}

void RequestParser::reset(const RequestLimits& limits) {
  limits_ = limits;
  fields_.reset({limits.max_field_line, limits.max_fields, limits.max_head, limits.underscores_in_headers});
  head_.clear();
  line_ = at_ = 0;
  empty_lines_ = 0;
  state_ = State::EmptyLines;
  failure_ = Cause::None;
}

ParseStatus RequestParser::parse(std::string_view head_so_far) {
  if (state_ < State::Fields) {
    if (const Status line = parseLine(head_so_far); line != Status::Done) return line;
  }
  if (state_ == State::Fields) return parseFields(head_so_far);
  return failure_ == Cause::None ? Status::Done : Status::Failed;
}

// The line is looked at up to its limit only, so that the answer does not depend on how the bytes were cut.
inline ParseStatus RequestParser::parseLine(std::string_view text) {
  if (state_ == State::EmptyLines) {
    if (const Status status = skipEmptyLines(text); status != Status::Done) return status;
  }
  const std::string_view seen = text.substr(0, lineLimit());
  if (state_ == State::Method) {
    if (const Status status = parseMethod(seen); status != Status::Done) return status;
  }
  if (state_ == State::Target) {
    if (const Status status = parseTarget(seen); status != Status::Done) return status;
  }
  return parseVersion(seen);
}

inline ParseStatus RequestParser::skipEmptyLines(std::string_view text) {
  while (at_ < text.size() && text[at_] == '\r') {
    if (at_ + 1 == text.size()) return Status::NeedMore;
    if (text[at_ + 1] != '\n' || ++empty_lines_ > kMaxEmptyLines) return fail(Cause::BadRequest);
    at_ += 2;
  }
  if (at_ == text.size()) return Status::NeedMore;
  line_ = at_;
  return enter(State::Method, at_);
}

inline ParseStatus RequestParser::parseMethod(std::string_view seen) {
  size_t at = at_;
  if (seen.substr(at).starts_with("GET ")) at += 3;  // most requests are: a shortcut, not another rule
  while (at < seen.size() && isIn(seen[at], kTokenByte)) ++at;
  const std::string_view method(seen.data() + line_, at - line_);
  if (method.size() > kLongestMethod) return fail(Cause::BadRequest);
  if (at == seen.size()) return starved(seen, at);
  if (seen[at] != ' ' || method.empty()) return fail(Cause::BadRequest);
  head_.method = methodOf(method);
  head_.method_text = {line_, static_cast<uint32_t>(method.size())};
  head_.target.at = static_cast<uint32_t>(at + 1);
  return enter(State::Target, at + 1);
}

inline ParseStatus RequestParser::parseTarget(std::string_view seen) {
  const size_t at = scanTo<TargetStop>(seen.data(), at_, seen.size());
  if (at == seen.size()) return starved(seen, at);
  head_.target.size = static_cast<uint32_t>(at) - head_.target.at;
  if (seen[at] != ' ' || head_.target.empty()) return fail(Cause::BadRequest);
  return enter(State::Version, at + 1);
}

inline ParseStatus RequestParser::parseVersion(std::string_view seen) {
  const std::string_view version = seen.substr(at_, kVersionForm.size());
  if (!hasVersionForm(version)) return fail(Cause::BadRequest);
  if (version.size() < kVersionForm.size()) return starved(seen, at_);
  const char major = version[5], minor = version[7];
  if (major != '1') return fail(major == '0' ? Cause::BadRequest : Cause::UnsupportedVersion);
  head_.minor_version = minor == '0' ? 0 : 1;
  if (!readTarget(seen.data(), head_)) return fail(Cause::BadRequest);
  const size_t fields = at_ + kVersionForm.size();
  fields_.begin(static_cast<uint32_t>(fields), head_);
  return enter(State::Fields, fields);
}

inline ParseStatus RequestParser::parseFields(std::string_view text) {
  const Status status = fields_.parse(text, head_);
  if (status == Status::NeedMore) return status;
  if (status == Status::Failed) return fail(fields_.failure());
  if (const Cause cause = checkHead(text.data(), head_); cause != Cause::None) return fail(cause);
  return enter(State::Ended, head_.size);
}

inline ParseStatus RequestParser::enter(State next, size_t at) {
  state_ = next;
  at_ = static_cast<uint32_t>(at);
  return Status::Done;
}

inline size_t RequestParser::lineLimit() const {
  return std::min<size_t>(size_t{line_} + limits_.max_request_line, limits_.max_head);
}

ParseStatus RequestParser::starved(std::string_view seen, size_t resume) {
  at_ = static_cast<uint32_t>(resume);
  return seen.size() >= lineLimit() ? fail(Cause::RequestLineTooLong) : Status::NeedMore;
}

ParseStatus RequestParser::fail(Cause cause) {
  failure_ = cause;
  state_ = State::Ended;
  return Status::Failed;
}

}  // namespace weir
