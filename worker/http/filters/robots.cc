// SPDX-License-Identifier: Apache-2.0
// robots: answers /robots.txt (RFC 9309), and tells those that do not ask for it by a field.
#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"

namespace weir {
namespace {

class RobotsFilter final : public Filter {
 public:
  explicit RobotsFilter(Robots robots) : deny_(robots == Robots::Deny) {}

  Verdict onRequest(Exchange& exchange) const override {
    if (exchange.path() != "/robots.txt") return Verdict::Continue;
    exchange.respond(200, "text/plain", deny_ ? "User-agent: *\nDisallow: /\n" : "User-agent: *\nDisallow:\n");
    return Verdict::Answered;
  }

  void onResponse(Exchange& exchange, OutgoingHead&) const override {
    if (deny_) exchange.addedFields().add("X-Robots-Tag", "noindex, nofollow");
  }

 private:
  bool deny_;
};

std::unique_ptr<Filter> makeRobots(const LocationSettings& location, CompileContext&) {
  if (location.http.content.robots == Robots::Off) return nullptr;
  return std::make_unique<RobotsFilter>(location.http.content.robots);
}

const FilterEntry kEntry("20-robots", makeRobots);

}  // namespace
}  // namespace weir
