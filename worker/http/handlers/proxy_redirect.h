// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProxyRedirect: proxy_redirect, compiled: Location and Refresh of a peer's answer as clients must see them.

#include <string>
#include <string_view>
#include <vector>

#include "shared/config/settings.h"
#include "worker/http/template.h"

namespace weir {

class CompileContext;
class Exchange;
class ProxyPass;

class ProxyRedirect {
 public:
  ProxyRedirect(const LocationSettings& location, const ProxyPass& pass, CompileContext& context);

  bool empty() const { return rules_.empty(); }
  // Appends the value with its prefix replaced; false, and nothing appended, when no rule applies.
  bool rewrite(const Exchange& exchange, std::string_view value, std::string& to) const;
  // The same with a Refresh, "5; url=http://app/next", whose URL is what changes.
  bool rewriteRefresh(const Exchange& exchange, std::string_view value, std::string& to) const;

 private:
  struct Rule {
    Template from;
    Template to;
  };
  std::vector<Rule> rules_;
};

}  // namespace weir
