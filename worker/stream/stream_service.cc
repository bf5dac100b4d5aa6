// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/stream_service.h"

#include <algorithm>
#include <string>

#include "worker/tls/tls_client_context.h"
#include "worker/tls/tls_environment.h"
#include "worker/upstream/hash_key.h"
#include "worker/upstream/host_port.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {

StreamService::StreamService(const StreamSettings& settings, StreamContext& context)
    : settings_(settings),
      logs_(settings.access_log, context.log_formats, context.logs),
      limits_({settings.limit_conn, settings.limit_conn_log_level.level, settings.limit_conn_dry_run},
              context.settings.limit_conn_zones, context.variables, context.diagnostics,
              context.services == nullptr ? nullptr : context.services->zones,
              context.services == nullptr ? nullptr : &context.services->segment) {
  if (context.services != nullptr) directory_ = &context.services->upstreams;
  compilePass(context);
  compileHashes(context);
  compileTransport(context);
  compileTls(context);
  if (settings.proxy_ssl) compilePeerTls(context);
  answer_ = SessionTemplate::compile(settings.return_, context.variables, context.diagnostics);
}

void StreamService::compilePass(StreamContext& context) {
  const TemplateText& pass = settings_.proxy_pass;
  if (pass.text.empty()) return;
  if (pass.text.find('$') != std::string::npos) {
    pass_ = SessionTemplate::compile(pass, context.variables, context.diagnostics);
    return;
  }
  bool has_port = pass.text.starts_with("unix:") || splitHostPort(pass.text, 0).port != 0;
  if (!has_port && !context.upstreams.isConfigured(pass.text))
    return context.diagnostics.error(
        pass.origin, "\"proxy_pass\": no port in \"" + pass.text + "\", and no [upstream] has that name");
  upstream_ = context.upstreams.refer(pass.text, 0);
}

// Of all upstreams: with variables it may be any.
void StreamService::compileHashes(StreamContext& context) {
  for (const UpstreamSettings& upstream : context.settings.upstreams) {
    TemplateText key = hashKeyOf(upstream);
    bool used = pass_.isEmpty() ? upstream.name == settings_.proxy_pass.text : true;
    if (!key.text.empty() && used)
      hashes_.emplace(upstream.name, SessionTemplate::compile(key, context.variables, context.diagnostics));
  }
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
  if (!settings_.proxy_bind.empty()) connect_.bind = Address::parse(settings_.proxy_bind);
  if (context.services != nullptr) transport_ = context.services->upstreams.transports().idOf({connect_.bind});
}

Ref<Upstream> StreamService::upstreamFor(const SessionRecord& record) const {
  if (pass_.isEmpty()) return upstream_;
  std::string name;
  pass_.append(record, name);
  return directory_->find(name);
}

std::string_view StreamService::hashKey(const SessionRecord& record, std::string& scratch) const {
  auto hash = hashes_.find(record.upstream);
  if (hash != hashes_.end()) hash->second.append(record, scratch);
  return scratch;
}

void StreamService::appendAnswer(const SessionRecord& record, std::string& to) const { answer_.append(record, to); }

bool StreamService::trusts(const Address& proxy) const {
  const auto& trusted = settings_.set_real_ip_from;
  return trusted.empty() ||
         std::any_of(trusted.begin(), trusted.end(), [&](const Network& network) { return network.contains(proxy); });
}

// Logs may ask for it, and so may what chooses by variables.
bool StreamService::needsLocalAddress() const {
  return settings_.proxy_protocol != ProxyProtocol::Off || !logs_.empty() || !pass_.isEmpty() || !answer_.isEmpty() ||
         !limits_.empty();
}

bool StreamService::takePlace(SessionRecord& record) const {
  return limits_.empty() || limits_.admit(record, record.client.toString(), record.limits);
}

void StreamService::log(const SessionRecord& record) const {
  if (!logs_.empty()) logs_.write(record, record.loop.wallNow());
}

}  // namespace weir
