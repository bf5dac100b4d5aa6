// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/stream_service.h"

#include <algorithm>
#include <string>

#include "worker/upstream/upstream_directory.h"

namespace weir {

StreamService::StreamService(const StreamSettings& settings, StreamContext& context) : settings_(settings) {
  if (!settings.proxy_pass.text.empty()) upstream_ = context.upstreams.refer(settings.proxy_pass.text, 0);
  compileTransport(context);
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
