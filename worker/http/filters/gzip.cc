// SPDX-License-Identifier: Apache-2.0
// gzip: codes the body of any answer on its way out, where its type and the client are for it.
#include <strings.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "worker/codec/accept_encoding.h"
#include "worker/codec/gzip_encoder.h"
#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"
#include "worker/http/filters/gzip_body.h"
#include "worker/http/filters/gzip_rules.h"

namespace weir {
namespace {

class GzipFilter final : public Filter {
 public:
  GzipFilter(const ContentSettings& content, CompileContext& context)
      : rules_(content),
        level_(content.gzip_comp_level),
        vary_(content.gzip_vary),
        buffers_(context.services == nullptr ? nullptr : &context.services->buffers) {}

  void onResponse(Exchange& exchange, OutgoingHead& head) const override {
    const bool may_be_coded = rules_.mayBeCoded(exchange, head);
    if (!may_be_coded && !rules_.isPartOfCoded(exchange, head)) return;
    if (vary_) exchange.addedFields().add("Vary", "Accept-Encoding");
    if (!may_be_coded || head.status == 304 || !rules_.isWanted(exchange)) return;
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
