// SPDX-License-Identifier: Apache-2.0
#pragma once
// RequestParser: strict HTTP/1.1 request heads (RFC 9112), bytes in, RequestHead out. No I/O, no clock. It allocates
// only while the list of fields grows to the largest head seen, so one parser serves a connection's requests in turn.
// What a stranger may get wrong is refused, never repaired (S-26).

#include <cstdint>
#include <string_view>

#include "shared/base/failure.h"
#include "worker/codec/field_parser.h"
#include "worker/codec/http_head.h"

namespace weir {

enum class Method : uint8_t {
  Other,  // any token of RFC 9110 9.1; its text is RequestHead::method
  Get,
  Head,
  Post,
  Put,
  Delete,
  Options,
  Patch,
  Trace,
  Connect,
  Propfind,
  Proppatch,
  Mkcol,
  Copy,
  Move,
  Lock,
  Unlock,
  kCount,
};

Method methodOf(std::string_view text);      // case-sensitive
std::string_view methodName(Method method);  // "Other" has none: empty

// RFC 9112 3.2. Authority belongs to CONNECT alone, Asterisk to OPTIONS alone.
enum class TargetForm : uint8_t { Origin, Absolute, Authority, Asterisk };

struct RequestLimits {
  uint32_t max_request_line = 8192;  // bytes with the CRLF
  uint32_t max_field_line = 8192;    // bytes with the CRLF
  uint32_t max_fields = 100;         // at most 65535
  bool underscores_in_headers = false;
  uint32_t max_head = 32768;  // the whole head
};

struct RequestHead : MessageHead {
  Method method = Method::Other;
  TargetForm form = TargetForm::Origin;
  bool expect_continue = false;  // HTTP/1.1, and a body is to come
  bool te_trailers = false;      // the client accepts trailers (S-35)
  Slice method_text;
  Slice target;     // as received: no fragment, no white space, no control character
  Slice path;       // path and query. Absolute form: may be empty or begin with '?'. Authority form: empty
  Slice authority;  // Absolute and Authority form: valid host[:port]; wins over the Host field (S-26)
  // The Host field has passed RFC 3986 (not empty, no user information, port <= 65535) but is not lower-cased.
  const HeaderField* host() const { return find(HeaderId::Host); }

  void clear();
};

class RequestParser {
 public:
  using Status = ParseStatus;

  RequestParser() { reset({}); }

  // Before each request, the first one too.
  void reset(const RequestLimits& limits);

  // head_so_far: all bytes received since the request's first one. Bytes seen before are not looked at again, so a
  // head that comes byte by byte costs linear time. Bytes behind the head are left alone: head().size says where it
  // ends. A wrong byte fails as soon as it is there. After Done or Failed the answer does not change.
  Status parse(std::string_view head_so_far);

  // Complete after Done. After Failed or NeedMore: what was parsed that far, for the log.
  RequestHead& head() { return head_; }
  const RequestHead& head() const { return head_; }
  Cause failure() const { return failure_; }

 private:
  // What is parsed next.
  enum class State : uint8_t { EmptyLines, Method, Target, Version, Fields, Ended };

  Status parseLine(std::string_view text);
  Status skipEmptyLines(std::string_view text);
  Status parseMethod(std::string_view seen);
  Status parseTarget(std::string_view seen);
  Status parseVersion(std::string_view seen);
  Status parseFields(std::string_view text);
  Status enter(State next, size_t at);
  Status starved(std::string_view seen, size_t resume);
  Status fail(Cause cause);
  size_t lineLimit() const;

  RequestHead head_;
  RequestLimits limits_;
  FieldParser fields_;
  uint32_t line_ = 0;  // where the request line begins
  uint32_t at_ = 0;    // first byte not yet looked at
  uint8_t empty_lines_ = 0;
  State state_ = State::EmptyLines;
  Cause failure_ = Cause::None;
};

}  // namespace weir
