// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/stream_service.h"

#include <algorithm>
#include <string>

#include "worker/tls/tls_client_context.h"
#include "worker/tls/tls_environment.h"
#include "worker/upstream/host_port.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {

StreamService::StreamService(const StreamSettings& settings, StreamContext& context) : settings_(settings) {
  if (!settings.proxy_pass.text.empty()) upstream_ = context.upstreams.refer(settings.proxy_pass.text, 0);
  compileTransport(context);
  compileTls(context);
  if (settings.proxy_ssl) compilePeerTls(context);
  refuseLater(context.diagnostics);
}

// What the language has already and sessions do not do yet.
void StreamService::refuseLater(Diagnostics& diagnostics) const {
  auto refuse = [&](bool asked, const char* what) {
    if (asked) diagnostics.error(settings_.origin, std::string(what) + " is not supported by this version of weir");
  };
  refuse(settings_.proxy_pass.text.find('$') != std::string::npos, "a \"proxy_pass\" with variables");
  refuse(settings_.return_.text.find('$') != std::string::npos, "a \"return\" with variables");
  refuse(!settings_.access_log.empty(), "\"access_log\"");
}

void StreamService::compileTls(StreamContext& context) {
  const auto& lines = settings_.listen;
  auto any = [&](auto listens) { return std::any_of(lines.begin(), lines.end(), listens); };
  if (!any([](const auto& line) { return line.ssl; })) return;
  auto refuse = [&](bool asked, const char* why) {
    if (asked) context.diagnostics.error(settings_.origin, why);
  };
  refuse(any([](const auto& line) { return !line.ssl; }), "\"ssl\" is for all \"listen\" of a stream, or for none");
  refuse(any([](const auto& line) { return line.udp; }), "\"ssl\" cannot stand with \"udp\"");
  refuse(any([](const auto& line) { return line.proxy_protocol; }), "\"ssl\" cannot stand with \"proxy_protocol\"");
  refuse(settings_.ssl_preread, "\"ssl\" cannot stand with \"ssl_preread\": it has nothing to look at");
  TlsEnvironment* environment = context.services == nullptr ? nullptr : context.services->tls;
  tls_ = makeRef<TlsContext>(settings_.tls, settings_.name, settings_.origin, environment, context.diagnostics);
}

// Without proxy_ssl_name it is that of proxy_pass.
std::string_view StreamService::peerTlsName(const Upstream& upstream) const {
  return peer_tls_.name.empty() ? splitHostPort(upstream.name()).host : std::string_view(peer_tls_.name);
}

void StreamService::compilePeerTls(StreamContext& context) {
  peer_tls_.name = settings_.proxy_tls.name;
  if (settings_.isUdp() || settings_.proxy_protocol != ProxyProtocol::Off)
    context.diagnostics.error(settings_.origin, "\"proxy_ssl\" cannot stand with \"udp\" or \"proxy_protocol\"");
  if (context.services == nullptr || context.services->tls == nullptr) {
    TlsClientContext(settings_.proxy_tls, {}, settings_.origin, context.diagnostics);  // a check
    return;
  }
  peer_tls_.environment = context.services->tls;
  peer_tls_.context =
      context.services->tls->clientContexts().obtain(settings_.proxy_tls, settings_.origin, context.diagnostics);
}

void StreamService::compileTransport(StreamContext& context) {
  connect_.timeout = settings_.proxy_connect_timeout;
  connect_.keepalive = settings_.proxy_socket_keepalive;
  connect_.unacknowledged = settings_.proxy_timeout;
  if (!settings_.proxy_bind.empty()) connect_.bind = Address::parse(settings_.proxy_bind);
  if (context.services != nullptr) transport_ = context.services->upstreams.transports().idOf({connect_.bind});
}

Ref<Upstream> StreamService::upstreamFor(const SessionRecord&) const { return upstream_; }

std::string_view StreamService::hashKey(const SessionRecord& record, std::string& scratch) const {
  char ip[64];
  scratch.assign(ip, record.client.writeIp(ip));
  return scratch;
}

void StreamService::appendAnswer(const SessionRecord&, std::string& to) const { to.append(settings_.return_.text); }

bool StreamService::trusts(const Address& proxy) const {
  const auto& trusted = settings_.set_real_ip_from;
  return trusted.empty() ||
         std::any_of(trusted.begin(), trusted.end(), [&](const Network& network) { return network.contains(proxy); });
}

bool StreamService::needsLocalAddress() const { return settings_.proxy_protocol != ProxyProtocol::Off; }

void StreamService::log(const SessionRecord&) const {}

}  // namespace weir
