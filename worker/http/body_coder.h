// SPDX-License-Identifier: Apache-2.0
#pragma once
// BodyCoder: changes a response's body on its way from who answers to the carrier: a content coding. Made by a filter
// when it sees the head, owned by the exchange, and ends with it.

#include <cstdint>
#include <string_view>

#include "worker/http/body_sink.h"

namespace weir {

class BodyCoder {
 public:
  virtual ~BodyCoder() = default;
  // As BodySink::sendBody(), the bytes being those before the coding. What it holds back follows with the last ones.
  virtual IoResult send(BodySink& sink, std::string_view bytes, bool last) = 0;
  // Ok when all that was given is coded and with the kernel, after the last bytes the coding's end too.
  virtual IoResult flush(BodySink& sink) = 0;
};

}  // namespace weir
