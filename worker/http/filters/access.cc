// SPDX-License-Identifier: Apache-2.0
// allow and deny: refuses clients that the location's rules do not let in.
#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"
#include "worker/net/access_rules.h"

namespace weir {
namespace {

class AccessFilter final : public Filter {
 public:
  explicit AccessFilter(const std::vector<AccessRule>& rules) : rules_(rules) {}

  Verdict onRequest(Exchange& exchange) const override {
    if (mayAccess(rules_, exchange.client())) return Verdict::Continue;
    exchange.fail({Cause::Forbidden});
    return Verdict::Answered;
  }

 private:
  const std::vector<AccessRule>& rules_;
};

std::unique_ptr<Filter> makeAccess(const LocationSettings& location, CompileContext&) {
  if (location.http.access.empty()) return nullptr;
  return std::make_unique<AccessFilter>(location.http.access);
}

const FilterEntry kEntry("10-access", makeAccess);

}  // namespace
}  // namespace weir
