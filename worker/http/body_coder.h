// SPDX-License-Identifier: Apache-2.0
#pragma once
// BodyCoder: changes a response's body on its way from who answers to the carrier: a content coding. Made by a filter
// when it sees the head, owned by the exchange, and ends with it.

#include <cstdint>
#include <string_view>

#include "worker/http/downstream.h"

namespace weir {

class BodyCoder {
 public:
  virtual ~BodyCoder() = default;
  // As Downstream::sendBody(), the bytes being those before the coding. What it holds back follows with the last ones.
  virtual IoResult send(Downstream& downstream, std::string_view bytes, bool last) = 0;
  // Ok when all that was coded is with the kernel.
  virtual IoResult flush(Downstream& downstream) = 0;
};

}  // namespace weir
