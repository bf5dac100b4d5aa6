// SPDX-License-Identifier: Apache-2.0
// gzip: codes the body of any answer on its way out, where its type and the client are for it.
#include <strings.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/recycled.h"
#include "worker/codec/accept_encoding.h"
#include "worker/codec/gzip_encoder.h"
#include "worker/http/body_coder.h"
#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"
#include "worker/http/filters/gzip_rules.h"

namespace weir {
namespace {

class GzipBody final : public BodyCoder, public Recycled<GzipBody> {
 public:
  GzipBody(std::unique_ptr<GzipEncoder> encoder, BufferPool& buffers)
      : encoder_(std::move(encoder)), out_(buffers.take(BufferPool::kLarge)) {}

  bool ready() const { return static_cast<bool>(out_); }

  IoResult send(Downstream& downstream, std::string_view bytes, bool last) override {
    size_t taken = 0;
    for (;;) {
      if (mustDrain()) {
        IoResult drained = drain(downstream);
        if (drained.status == IoStatus::Failed) return drained;
        if (mustDrain()) return {taken > 0 ? IoStatus::Ok : drained.status, taken};
      }
      if (ended_ || (taken == bytes.size() && !last)) return {IoStatus::Ok, taken};
      auto flush = last ? GzipEncoder::Flush::Finish : GzipEncoder::Flush::None;
      GzipEncoder::Step step = code(bytes.substr(taken), flush);
      if (step.failed) return {IoStatus::Failed, 0, ENOMEM};
      taken += step.consumed;
      ended_ = last && step.complete;
      unflushed_ = true;
    }
  }

  // What was given so far shall not wait for what may never come.
  IoResult flush(Downstream& downstream) override {
    while (!ended_ && unflushed_) {
      IoResult drained = drain(downstream);
      if (drained.status != IoStatus::Ok || out_.size() > 0) return drained;
      GzipEncoder::Step step = code({}, GzipEncoder::Flush::Sync);
      if (step.failed) return {IoStatus::Failed, 0, ENOMEM};
      unflushed_ = !step.complete;
    }
    IoResult drained = drain(downstream);
    if (drained.status != IoStatus::Ok) return drained;
    return out_.size() > 0 ? IoResult{IoStatus::Blocked} : downstream.flush();
  }

 private:
  // Small pieces are gathered: each would be a chunk of its own.
  static constexpr size_t kRoom = 4096;

  bool mustDrain() const { return out_.size() > 0 && (ended_ || out_.capacity() - out_.writeOffset() < kRoom); }

  GzipEncoder::Step code(std::string_view bytes, GzipEncoder::Flush flush) {
    GzipEncoder::Step step = encoder_->code(bytes, out_.space(), flush);
    out_.produced(step.produced);
    return step;
  }

  // Ok when something went, or nothing was there.
  IoResult drain(Downstream& downstream) {
    if (out_.size() == 0 && !ended_) return {IoStatus::Ok};
    IoResult result = downstream.sendBody(out_.data(), ended_);
    out_.consumed(result.bytes);
    if (out_.size() == 0) out_.clear();
    return result;
  }

  std::unique_ptr<GzipEncoder> encoder_;
  Buffer out_;
  bool ended_ = false;
  bool unflushed_ = false;
};

class GzipFilter final : public Filter {
 public:
  GzipFilter(const ContentSettings& content, CompileContext& context)
      : rules_(content),
        level_(content.gzip_comp_level),
        vary_(content.gzip_vary),
        buffers_(context.services == nullptr ? nullptr : &context.services->buffers) {}

  void onResponse(Exchange& exchange, OutgoingHead& head) const override {
    if (!rules_.mayBeCoded(exchange, head)) return;
    if (vary_) exchange.addedFields().add("Vary", "Accept-Encoding");
    if (head.status == 304 || !rules_.isWanted(exchange)) return;
    if (head.has_body) {
      auto encoder = GzipEncoder::make(level_);
      if (!encoder) return;
      auto body = std::make_unique<GzipBody>(std::move(encoder), *buffers_);
      if (!body->ready()) return;
      exchange.setBodyCoder(std::move(body));
    }
    describe(exchange, head);
  }

 private:
  // The coded body is another representation: of no known length, and the same only weakly (RFC 9110 8.8.3.3).
  static void describe(Exchange& exchange, OutgoingHead& head) {
    FieldList& fields = exchange.addedFields();
    std::string tag(exchange.sentField("ETag").value_or(""));
    head.content_length.reset();
    head.hidden |= setOf(HeaderId::ETag, HeaderId::AcceptRanges);
    fields.remove("ETag");
    fields.remove("Accept-Ranges");
    if (!tag.empty()) fields.add("ETag", tag.starts_with("W/") ? tag : "W/" + tag);
    fields.add("Content-Encoding", "gzip");
  }

  GzipRules rules_;
  uint32_t level_;
  bool vary_;
  BufferPool* buffers_;
};

std::unique_ptr<Filter> makeGzip(const LocationSettings& location, CompileContext& context) {
  if (!location.http.content.gzip) return nullptr;
  return std::make_unique<GzipFilter>(location.http.content, context);
}

// Behind those that say more of the head.
const FilterEntry kEntry("70-gzip", makeGzip);

}  // namespace
}  // namespace weir
