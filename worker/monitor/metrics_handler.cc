// SPDX-License-Identifier: Apache-2.0
// The handler of /metrics, in the monitor only.
#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/handler.h"
#include "worker/monitor/exporter.h"

namespace weir {
namespace {

class MetricsHandler final : public Handler {
 public:
  explicit MetricsHandler(const Segment& segment) : segment_(segment) {}

  void handle(Exchange& exchange) const override {
    Instant began = monotonicNow();
    std::string text = renderMetrics(segment_, {began, wallNow(), previous_, readAcceptQueues()});
    previous_ = monotonicNow() - began;
    exchange.respond(200, kMetricsContentType, text);
  }

 private:
  const Segment& segment_;
  mutable Microseconds previous_{0};
};

std::unique_ptr<Handler> makeMetrics(const LocationSettings& location, CompileContext& context) {
  if (location.builtin != "metrics") return nullptr;
  return std::make_unique<MetricsHandler>(*context.services->observed);
}

const HandlerEntry kEntry("90-metrics", makeMetrics);

}  // namespace
}  // namespace weir
