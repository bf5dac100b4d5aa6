// SPDX-License-Identifier: Apache-2.0
#pragma once
// BodySink: where a response's body goes.

#include <string_view>

#include "worker/net/stream.h"

namespace weir {

class BodySink {
 public:
  // Takes body bytes as far as they go now; fewer than given means Blocked, and a step when more can go. last is to be
  // repeated until all is taken.
  virtual IoResult sendBody(std::string_view bytes, bool last) = 0;
  // Ok when nothing that was given waits here any more.
  virtual IoResult flush() = 0;

 protected:
  ~BodySink() = default;
};

}  // namespace weir
