// SPDX-License-Identifier: Apache-2.0
// limit_conn: how many requests of one key are served at a time. Looked at once for a request, however often it is
// redirected internally.
#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"
#include "worker/text/connection_limits.h"

namespace weir {
namespace {

class LimitConnFilter final : public Filter {
 public:
  LimitConnFilter(const HttpSettings& http, CompileContext& context)
      : limits_({http.limit_conn, http.limit_conn_log_level.level, http.limit_conn_dry_run},
                context.settings.limit_conn_zones, context.variables, context.diagnostics,
                context.services == nullptr ? nullptr : context.services->zones,
                context.services == nullptr ? nullptr : &context.services->segment),
        status_(static_cast<uint16_t>(http.limit_conn_status)) {}

  Verdict onRequest(Exchange& exchange) const override {
    LimitHolds& holds = exchange.limitHolds();
    if (holds.outcome != LimitOutcome::None) return Verdict::Continue;
    if (limits_.admit(exchange, exchange.clientText(), holds)) return Verdict::Continue;
    exchange.fail({Cause::TooManyConnections}, status_);
    return Verdict::Answered;
  }

 private:
  text::ConnectionLimits<Exchange> limits_;
  uint16_t status_;
};

std::unique_ptr<Filter> makeLimitConn(const LocationSettings& location, CompileContext& context) {
  if (location.http.limit_conn.empty()) return nullptr;
  return std::make_unique<LimitConnFilter>(location.http, context);
}

const FilterEntry kEntry("05-limit_conn", makeLimitConn);

}  // namespace
}  // namespace weir
