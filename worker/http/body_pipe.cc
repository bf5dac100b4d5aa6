// SPDX-License-Identifier: Apache-2.0
#include "worker/http/body_pipe.h"

#include <algorithm>
#include <utility>

namespace weir {

bool BodyPipe::open(PipePool& pipes) {
  if (!pipe_) pipe_ = pipes.take();
  return static_cast<bool>(pipe_);
}

IoResult BodyPipe::fill(Stream& source, uint64_t left) {
  if (!source.readable() && !std::exchange(ask_again_, false)) return {IoStatus::Blocked};
  IoResult got = source.recvInto(pipe_, std::min<uint64_t>({left, kMost, pipe_.room()}));
  ask_again_ = got.status == IoStatus::Ok;
  return got;
}

}  // namespace weir
