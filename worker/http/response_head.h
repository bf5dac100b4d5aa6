// SPDX-License-Identifier: Apache-2.0
#pragma once
// How an OutgoingHead becomes the bytes of an HTTP/1 response head.

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "shared/base/clock.h"
#include "worker/codec/http_head.h"
#include "worker/http/downstream.h"
#include "worker/http/field_list.h"

namespace weir {

struct ResponseHeadContext {
  std::string_view server;  // the Server field
  std::string_view date;
  BodyFraming framing = BodyFraming::None;
  uint8_t minor_version = 1;  // of the request
  bool keep_alive = true;
  std::optional<Milliseconds> keep_alive_header{};  // announced to the client
  const FieldList& added;
};

// Room that is enough for the head.
size_t responseHeadBound(const OutgoingHead& head, const ResponseHeadContext& context);
// The bytes written; 0 when they do not fit.
size_t writeResponseHead(std::span<char> room, const OutgoingHead& head, const ResponseHeadContext& context);

}  // namespace weir
