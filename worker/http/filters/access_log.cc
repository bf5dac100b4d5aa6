// SPDX-License-Identifier: Apache-2.0
// access_log: a line per exchange, when it ends.
#include "worker/text/access_logs.h"

#include <memory>
#include <vector>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"

namespace weir {
namespace {

class AccessLogFilter final : public Filter {
 public:
  AccessLogFilter(const std::vector<AccessLogSetting>& settings, CompileContext& context)
      : logs_(settings, context.log_formats, context.logs) {}

  void onEnd(const Exchange& exchange) const override { logs_.write(exchange, exchange.loop().wallNow()); }

 private:
  text::AccessLogs<Exchange> logs_;
};

std::unique_ptr<Filter> makeAccessLog(const LocationSettings& location, CompileContext& context) {
  if (location.http.access_log.empty()) return nullptr;
  return std::make_unique<AccessLogFilter>(location.http.access_log, context);
}

const FilterEntry kEntry("90-access_log", makeAccessLog);

}  // namespace
}  // namespace weir
