// SPDX-License-Identifier: Apache-2.0
#pragma once
// GzipBody: a response's body in the gzip coding (RFC 9110 8.4.1.3). Bounded by one buffer, where what is coded waits.

#include <cstddef>
#include <memory>
#include <string_view>

#include "shared/base/recycled.h"
#include "worker/codec/gzip_encoder.h"
#include "worker/http/body_coder.h"
#include "worker/net/buffer.h"

namespace weir {

class GzipBody final : public BodyCoder, public Recycled<GzipBody> {
 public:
  GzipBody(std::unique_ptr<GzipEncoder> encoder, BufferPool& buffers)
      : encoder_(std::move(encoder)), out_(buffers.take(BufferPool::kLarge)) {}

  // False where memory is short: of no use.
  bool ready() const { return static_cast<bool>(out_); }

  IoResult send(BodySink& sink, std::string_view bytes, bool last) override;
  // What was given so far shall not wait for what may never come.
  IoResult flush(BodySink& sink) override;

 private:
  // Small pieces are gathered: each would be a chunk of its own.
  static constexpr size_t kRoom = 4096;

  bool mustDrain() const { return out_.size() > 0 && (ended_ || out_.capacity() - out_.writeOffset() < kRoom); }
  GzipEncoder::Step code(std::string_view bytes, GzipEncoder::Flush flush);
  // Ok when something went, or nothing was there.
  IoResult drain(BodySink& sink);

  std::unique_ptr<GzipEncoder> encoder_;
  Buffer out_;
  bool unflushed_ = false;  // the encoder holds back what the other side cannot decode yet
  bool last_taken_ = false;
  bool ended_ = false;  // out_ has the coding's end
};

}  // namespace weir
