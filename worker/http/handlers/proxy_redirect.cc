// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/proxy_redirect.h"

#include <strings.h>

#include "worker/http/compile_context.h"
#include "worker/http/handlers/proxy_pass.h"

namespace weir {
namespace {

Template literal(std::string text, CompileContext& context) {
  return Template::compile({std::move(text), {}}, context.variables, context.diagnostics);
}

// Where the URL of a Refresh begins; its end when there is none.
size_t urlIn(std::string_view refresh) {
  static constexpr std::string_view kUrl = "url=";
  for (size_t at = 0; at + kUrl.size() <= refresh.size(); ++at)
    if (strncasecmp(refresh.data() + at, kUrl.data(), kUrl.size()) == 0) return at + kUrl.size();
  return refresh.size();
}

}  // namespace

ProxyRedirect::ProxyRedirect(const LocationSettings& location, const ProxyPass& pass, CompileContext& context) {
  for (const RedirectRule& rule : location.http.proxy_redirect) {
    if (rule.kind == RedirectRule::Kind::Off) {
      rules_.clear();
      return;
    }
    if (rule.kind == RedirectRule::Kind::Replace) {
      rules_.push_back({Template::compile(rule.from, context.variables, context.diagnostics),
                        Template::compile(rule.to, context.variables, context.diagnostics)});
    } else if (!pass.url().empty()) {
      // As nginx: the URL of proxy_pass becomes the location's prefix; where nothing is replaced, the root.
      bool replaced = !pass.passesTarget();
      rules_.push_back({literal(pass.url(), context), literal(replaced ? location.pattern : "/", context)});
    }
  }
}

bool ProxyRedirect::rewrite(const Exchange& exchange, std::string_view value, std::string& to) const {
  for (const Rule& rule : rules_) {
    size_t begin = to.size();
    rule.from.append(exchange, to);
    size_t matched = to.size() - begin;
    bool applies = value.starts_with(std::string_view(to).substr(begin));
    to.resize(begin);
    if (!applies) continue;
    rule.to.append(exchange, to);
    to.append(value.substr(matched));
    return true;
  }
  return false;
}

bool ProxyRedirect::rewriteRefresh(const Exchange& exchange, std::string_view value, std::string& to) const {
  const size_t begin = to.size();
  const size_t before = urlIn(value);
  to.append(value.substr(0, before));
  if (before < value.size() && rewrite(exchange, value.substr(before), to)) return true;
  to.resize(begin);
  return false;
}

}  // namespace weir
