// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/reverse_proxy.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/handlers/proxy_answer.h"
#include "worker/tls/tls_client_context.h"
#include "worker/tls/tls_environment.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {
namespace {

// S-27: what nginx hides; Date and Server are the carrier's own unless passed.
constexpr HeaderSet kHidden = setOf(HeaderId::XPad, HeaderId::XAccelRedirect, HeaderId::XAccelBuffering,
                                    HeaderId::XAccelExpires, HeaderId::XAccelLimitRate, HeaderId::XAccelCharset);

// "example.com" of "example.com:8443", "::1" of "[::1]:443"
std::string_view hostOf(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.rfind(':'));
}

std::unique_ptr<Handler> makeReverseProxy(const LocationSettings& location, CompileContext& context) {
  if (location.http.proxy_pass.text.empty()) return nullptr;
  auto pass = ProxyPass::compile(location, context);
  if (!pass) return nullptr;
  return std::make_unique<ReverseProxy>(location, std::move(*pass), context);
}

const HandlerEntry kEntry("50-reverse_proxy", makeReverseProxy);

}  // namespace

ReverseProxy::ReverseProxy(const LocationSettings& location, ProxyPass pass, CompileContext& context)
    : http_(location.http),
      pass_(std::move(pass)),
      request_(location.http, pass_, context),
      redirect_(location, pass_, context),
      services_(context.services) {
  if (!http_.proxy_method.empty()) method_ = weir::methodOf(http_.proxy_method);
  compileHidden();
  compileTransport(context, location.http.proxy_pass.origin);
}

void ReverseProxy::compileHidden() {
  hidden_ = kHidden;
  for (const std::string& name : http_.proxy_hide_header) {
    HeaderId id = headerIdOf(name);
    id == HeaderId::Other ? hidden_names_.push_back(name) : void(hidden_ |= setOf(id));
  }
  for (const std::string& name : http_.proxy_pass_header) {
    if (HeaderId id = headerIdOf(name); id != HeaderId::Other) passed_ |= setOf(id);
  }
  hidden_ &= ~passed_;
}

void ReverseProxy::compileTransport(CompileContext& context, Origin origin) {
  connect_.timeout = http_.proxy_connect_timeout;
  connect_.keepalive = http_.proxy_socket_keepalive;
  if (!http_.proxy_bind.empty() && http_.proxy_bind != "off") {
    connect_.bind = Address::parse(http_.proxy_bind);
    if (!connect_.bind) context.diagnostics.error(origin, "proxy_bind: \"" + http_.proxy_bind + "\" is no address");
  }
  if (services_ != nullptr) transport_ = services_->upstreams.transports().idOf({connect_.bind});
  if (pass_.mayUseTls()) compileTls(context, origin);
}

// With variables in proxy_pass the name is that of the exchange's upstream, unless proxy_ssl_name says one.
void ReverseProxy::compileTls(CompileContext& context, Origin origin) {
  bool named = !http_.proxy_tls.name.empty() || pass_.host().empty();
  tls_.name = named ? http_.proxy_tls.name : std::string(hostOf(pass_.host()));
  if (services_ == nullptr || services_->tls == nullptr) {
    TlsClientContext(http_.proxy_tls, {}, origin, context.diagnostics);  // a check
    return;
  }
  tls_.environment = services_->tls;
  tls_.context = services_->tls->clientContexts().obtain(http_.proxy_tls, origin, context.diagnostics);
  tls_transport_ = services_->upstreams.transports().idOf({connect_.bind, tls_.context->identity() + " " + tls_.name});
}

Method ReverseProxy::methodOf(const Exchange& exchange) const { return method_ ? *method_ : exchange.method(); }

std::string_view ReverseProxy::tlsName(const Upstream& upstream) const {
  return tls_.name.empty() ? hostOf(upstream.name()) : std::string_view(tls_.name);
}

void ReverseProxy::hideNamed(ResponseHead& head, const char* base) const {
  if (hidden_names_.empty()) return;
  for (HeaderField& field : head.fields)
    if (hides(field.nameIn(base))) field.ignored = true;
}

bool ReverseProxy::hides(std::string_view name) const {
  return std::any_of(hidden_names_.begin(), hidden_names_.end(), [name](const std::string& hidden) {
    return name.size() == hidden.size() && strncasecmp(name.data(), hidden.data(), name.size()) == 0;
  });
}

void ReverseProxy::handle(Exchange& exchange) const {
  auto answer = std::make_unique<ProxyAnswer>(*this, exchange);
  ProxyAnswer& started = *answer;
  exchange.setAnswer(std::move(answer));
  started.start();
}

}  // namespace weir
