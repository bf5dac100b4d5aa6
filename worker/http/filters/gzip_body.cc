// SPDX-License-Identifier: Apache-2.0
#include "worker/http/filters/gzip_body.h"

#include <cerrno>

namespace weir {

IoResult GzipBody::send(BodySink& sink, std::string_view bytes, bool last) {
  size_t taken = 0;
  for (;;) {
    if (mustDrain()) {
      IoResult drained = drain(sink);
      if (drained.status == IoStatus::Failed) return drained;
      if (mustDrain()) return {taken > 0 ? IoStatus::Ok : drained.status, taken};
    }
    if (ended_ || (taken == bytes.size() && !last)) return {IoStatus::Ok, taken};
    GzipEncoder::Step step = code(bytes.substr(taken), last ? GzipEncoder::Flush::Finish : GzipEncoder::Flush::None);
    if (step.failed) return {IoStatus::Failed, 0, ENOMEM};
    taken += step.consumed;
    last_taken_ = last && taken == bytes.size();
  }
}

IoResult GzipBody::flush(BodySink& sink) {
  for (;;) {
    IoResult drained = drain(sink);
    if (drained.status != IoStatus::Ok) return drained;
    if (out_.size() > 0) return {IoStatus::Blocked};
    if (ended_ || !(unflushed_ || last_taken_)) return sink.flush();
    GzipEncoder::Step step = code({}, last_taken_ ? GzipEncoder::Flush::Finish : GzipEncoder::Flush::Sync);
    if (step.failed) return {IoStatus::Failed, 0, ENOMEM};
  }
}

GzipEncoder::Step GzipBody::code(std::string_view bytes, GzipEncoder::Flush flush) {
  GzipEncoder::Step step = encoder_->code(bytes, out_.space(), flush);
  out_.produced(step.produced);
  unflushed_ = flush == GzipEncoder::Flush::None || !step.complete;
  ended_ = flush == GzipEncoder::Flush::Finish && step.complete;
  return step;
}

IoResult GzipBody::drain(BodySink& sink) {
  if (out_.size() == 0 && !ended_) return {IoStatus::Ok};
  IoResult result = sink.sendBody(out_.data(), ended_);
  out_.consumed(result.bytes);
  if (out_.size() == 0) out_.clear();
  return result;
}

}  // namespace weir
