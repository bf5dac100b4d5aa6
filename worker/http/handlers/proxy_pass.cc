// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/proxy_pass.h"

#include <algorithm>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/uri.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {
namespace {

constexpr std::string_view kScheme = "http://";

struct Url {
  std::string_view host;  // "app", "127.0.0.1:8081", "unix:/path"
  std::string_view uri;   // empty when there is none
};

// "http://HOST[:PORT][URI]", "http://unix:/path[:URI]"
std::optional<Url> splitUrl(std::string_view text) {
  if (!text.starts_with(kScheme)) return std::nullopt;
  std::string_view rest = text.substr(kScheme.size());
  size_t end = rest.find('/');
  if (rest.starts_with("unix:")) {
    end = rest.find(':', 5);
    std::string_view uri = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return Url{rest.substr(0, end), uri};
  }
  if (rest.empty() || end == 0) return std::nullopt;
  return Url{rest.substr(0, end), end == std::string_view::npos ? std::string_view() : rest.substr(end)};
}

std::string withoutDefaultPort(std::string_view host) {
  if (host.starts_with("unix:")) return "localhost";
  return std::string(host.ends_with(":80") ? host.substr(0, host.size() - 3) : host);
}

bool takesUri(const LocationSettings& location) {
  using Match = LocationSettings::Match;
  return location.match == Match::Exact || location.match == Match::Prefix || location.match == Match::PrefixFinal;
}

void appendChanged(const Exchange& exchange, size_t replaced, std::string& to) {
  appendEscapedPath(exchange.path().substr(std::min(replaced, exchange.path().size())), to);
  if (!exchange.args().empty()) to.append("?").append(exchange.args());
}

}  // namespace

std::optional<ProxyPass> ProxyPass::compile(const LocationSettings& location, CompileContext& context) {
  const TemplateText& text = location.http.proxy_pass;
  ProxyPass pass;
  if (context.services != nullptr) pass.directory_ = &context.services->upstreams;
  if (text.text.find('$') != std::string::npos) {
    pass.template_ = Template::compile(text, context.groups, context.diagnostics);
    return pass;
  }
  auto url = splitUrl(text.text);
  if (!url) {
    bool tls = text.text.starts_with("https://");
    context.diagnostics.error(text.origin, tls ? "proxy_pass: https:// is not supported in this version"
                                               : "proxy_pass: \"" + text.text + "\" is no URL, expected http://…");
    return std::nullopt;
  }
  pass.has_uri_ = !url->uri.empty();
  if (pass.has_uri_ && !takesUri(location)) {
    context.diagnostics.error(text.origin, "proxy_pass: a URI (\"" + std::string(url->uri) +
                                               "\") cannot replace the match of a regex or named location");
    return std::nullopt;
  }
  pass.uri_ = url->uri;
  pass.replaced_ = location.pattern.size();
  pass.host_ = withoutDefaultPort(url->host);
  pass.url_ = std::string(kScheme) + std::string(url->host) + (pass.has_uri_ ? pass.uri_ : "/");
  pass.upstream_ = context.upstreams.refer(url->host);
  return pass;
}

Ref<Upstream> ProxyPass::upstream(const Exchange& exchange) const {
  if (template_.isEmpty()) return upstream_;
  std::string text;
  template_.append(exchange, text);
  auto url = splitUrl(text);
  return url ? directory_->find(url->host) : Ref<Upstream>();
}

std::string_view ProxyPass::unchangedTarget(const Exchange& exchange) {
  if (exchange.pathChanged()) return {};
  std::string_view path = exchange.request().path.in(exchange.requestBase());
  bool fits = path.starts_with('/') || exchange.request().form == TargetForm::Asterisk;
  return fits ? path : std::string_view();
}

void ProxyPass::appendTarget(const Exchange& exchange, std::string& to) const {
  if (!template_.isEmpty()) {
    std::string text;
    template_.append(exchange, text);
    auto url = splitUrl(text);
    std::string_view path = exchange.request().path.in(exchange.requestBase());
    to.append(url && !url->uri.empty() ? url->uri : path);
    return;
  }
  if (!has_uri_ && exchange.pathChanged()) return appendChanged(exchange, 0, to);
  if (!has_uri_) {
    // Absolute form may lack the path, "http://host?x": a peer is sent origin form (RFC 9112 3.2.1).
    if (unchangedTarget(exchange).empty()) to.append("/");
    to.append(exchange.request().path.in(exchange.requestBase()));
    return;
  }
  to.append(uri_);
  appendChanged(exchange, replaced_, to);
}

}  // namespace weir
