// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/proxy_pass.h"

#include <algorithm>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/uri.h"
#include "worker/upstream/hash_key.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {
namespace {

constexpr std::string_view kPlain = "http://", kTls = "https://";
constexpr std::string_view kTlsPort = ":443";

struct Url {
  bool tls = false;
  std::string_view host;  // "app", "127.0.0.1:8081", "unix:/path"
  std::string_view uri;   // empty when there is none
};

// "http://HOST[:PORT][URI]", "https://unix:/path[:URI]"
std::optional<Url> splitUrl(std::string_view text) {
  bool tls = text.starts_with(kTls);
  if (!tls && !text.starts_with(kPlain)) return std::nullopt;
  std::string_view rest = text.substr(tls ? kTls.size() : kPlain.size());
  size_t end = rest.find('/');
  if (rest.starts_with("unix:")) {
    end = rest.find(':', 5);
    std::string_view uri = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return Url{tls, rest.substr(0, end), uri};
  }
  if (rest.empty() || end == 0) return std::nullopt;
  return Url{tls, rest.substr(0, end), end == std::string_view::npos ? std::string_view() : rest.substr(end)};
}

std::string withoutDefaultPort(const Url& url) {
  if (url.host.starts_with("unix:")) return "localhost";
  std::string_view port = url.tls ? kTlsPort : ":80";
  return std::string(url.host.ends_with(port) ? url.host.substr(0, url.host.size() - port.size()) : url.host);
}

bool hasPort(std::string_view host) {
  size_t colon = host.rfind(':');
  return colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
}

// Of an upstream that no section configures, whose port is 80 unless its name says another.
std::string impliedName(const Url& url) {
  bool needs_port = url.tls && !url.host.starts_with("unix:") && !hasPort(url.host);
  return std::string(url.host).append(needs_port ? kTlsPort : "");
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
    pass.template_ = Template::compile(text, context.variables, context.diagnostics);
    pass.may_use_tls_ = !text.text.starts_with(kPlain);
    return pass;
  }
  auto url = splitUrl(text.text);
  if (!url) {
    context.diagnostics.error(text.origin,
                              "proxy_pass: \"" + text.text + "\" is no URL, expected http://… or https://…");
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
  pass.may_use_tls_ = url->tls;
  pass.host_ = withoutDefaultPort(*url);
  pass.url_ = std::string(url->tls ? kTls : kPlain) + std::string(url->host) + (pass.has_uri_ ? pass.uri_ : "/");
  bool configured = context.upstreams.isConfigured(url->host);
  pass.upstream_ = context.upstreams.refer(configured ? std::string(url->host) : impliedName(*url));
  for (const UpstreamSettings& each : context.settings.upstreams)
    if (each.name == url->host) pass.hash_ = Template::compile(hashKeyOf(each), context.variables, context.diagnostics);
  return pass;
}

Ref<Upstream> ProxyPass::upstream(const Exchange& exchange) const {
  if (template_.isEmpty()) return upstream_;
  std::string text;
  template_.append(exchange, text);
  auto url = splitUrl(text);
  if (!url) return {};
  bool is_address = url->tls && Address::parse(url->host, 443).has_value();
  return directory_->find(is_address ? impliedName(*url) : std::string(url->host));
}

bool ProxyPass::usesTls(const Exchange& exchange) const {
  if (!may_use_tls_ || template_.isEmpty()) return may_use_tls_;
  std::string text;
  template_.append(exchange, text);
  return text.starts_with(kTls);
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
