// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/proxy_pass.h"

#include <algorithm>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/proxy_url.h"
#include "worker/http/uri.h"
#include "worker/upstream/hash_key.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {
namespace {

// Of an upstream that no section configures, whose port is 80 unless its name says another.
std::string impliedName(const ProxyUrl& url) {
  bool needs_port = url.tls && !url.isUnix() && !url.hasPort();
  return std::string(url.host).append(needs_port ? ":443" : "");
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
    pass.may_use_tls_ = !text.text.starts_with(ProxyUrl::kPlain);
    return pass;
  }
  auto url = ProxyUrl::parse(text.text);
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
  pass.host_ = url->authority();
  pass.url_ = std::string(url->tls ? ProxyUrl::kTls : ProxyUrl::kPlain) + std::string(url->host) +
              (pass.has_uri_ ? pass.uri_ : "/");
  bool configured = context.upstreams.isConfigured(url->host);
  pass.upstream_ = context.upstreams.refer(configured ? std::string(url->host) : impliedName(*url));
  for (const UpstreamSettings& each : context.settings.upstreams)
    if (each.name == url->host) pass.hash_ = Template::compile(hashKeyOf(each), context.variables, context.diagnostics);
  return pass;
}

void ProxyPass::evaluate(Exchange& exchange) const {
  std::string& url = exchange.proxiedUrl();
  url.clear();
  template_.append(exchange, url);
}

Ref<Upstream> ProxyPass::upstream(const Exchange& exchange) const {
  if (template_.isEmpty()) return upstream_;
  auto url = ProxyUrl::parse(exchange.proxiedUrl());
  if (!url) return {};
  bool is_address = url->tls && Address::parse(url->host, 443).has_value();
  return directory_->find(is_address ? impliedName(*url) : std::string(url->host));
}

bool ProxyPass::usesTls(const Exchange& exchange) const {
  if (!may_use_tls_ || template_.isEmpty()) return may_use_tls_;
  return exchange.proxiedUrl().starts_with(ProxyUrl::kTls);
}

std::string_view ProxyPass::host(const Exchange& exchange) const {
  if (template_.isEmpty()) return host_;
  auto url = ProxyUrl::parse(exchange.proxiedUrl());
  return url ? url->authority() : std::string_view();
}

std::string_view ProxyPass::unchangedTarget(const Exchange& exchange) {
  if (exchange.pathChanged()) return {};
  std::string_view path = exchange.request().path.in(exchange.requestBase());
  bool fits = path.starts_with('/') || exchange.request().form == TargetForm::Asterisk;
  return fits ? path : std::string_view();
}

void ProxyPass::appendTarget(const Exchange& exchange, std::string& to) const {
  if (!template_.isEmpty()) {
    auto url = ProxyUrl::parse(exchange.proxiedUrl());
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
