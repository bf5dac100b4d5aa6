// SPDX-License-Identifier: Apache-2.0
#pragma once
// ResponseParser: strict HTTP/1.1 response heads (RFC 9112), as RequestParser is for requests. Interim (1xx) heads are
// heads like others: reset() and parse on behind them.

#include <cstdint>
#include <string_view>

#include "shared/base/failure.h"
#include "worker/codec/field_parser.h"
#include "worker/codec/http1_request.h"
#include "worker/codec/http_head.h"

namespace weir {

struct ResponseLimits {
  uint32_t max_head = 16384;   // bytes, proxy_buffer_size
  uint32_t max_fields = 1000;  // at most 65535
};

struct ResponseHead : MessageHead {
  uint16_t status = 0;  // 100..999
  Slice reason;         // may be empty

  bool interim() const { return status < 200 && status != 101; }
  void clear();
};

class ResponseParser {
 public:
  using Status = ParseStatus;

  ResponseParser() { reset({}, Method::Get); }

  // The request's method decides about the body: none after HEAD, none after a 2xx to CONNECT (RFC 9112 6.3).
  void reset(const ResponseLimits& limits, Method request_method);

  // As RequestParser::parse.
  Status parse(std::string_view head_so_far);

  ResponseHead& head() { return head_; }
  const ResponseHead& head() const { return head_; }
  // UpstreamBadHeader, or UpstreamHeaderTooBig.
  Cause failure() const { return failure_; }

 private:
  enum class State : uint8_t { StatusLine, Reason, Fields, Ended };

  Status step(std::string_view text);
  Status parseStatusLine(std::string_view text);
  Status parseReason(std::string_view text);
  Status parseFields(std::string_view text);
  void decideBody();
  Status starved(std::string_view text, size_t resume);
  Status fail(Cause cause);

  ResponseHead head_;
  ResponseLimits limits_;
  FieldParser fields_;
  uint32_t at_ = 0;  // first byte not yet looked at
  Method request_method_ = Method::Get;
  State state_ = State::StatusLine;
  Cause failure_ = Cause::None;
};

}  // namespace weir
