// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/stream_service.h"

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
  refuse(settings_.isUdp(), "\"udp\"");
  refuse(!settings_.listen.empty() && settings_.listen.front().proxy_protocol, "\"listen … proxy_protocol\"");
  refuse(settings_.proxy_pass.text.find('$') != std::string::npos, "a \"proxy_pass\" with variables");
  refuse(settings_.ssl_preread, "\"ssl_preread\"");
  refuse(!settings_.return_.text.empty(), "\"return\"");
  refuse(settings_.proxy_protocol != ProxyProtocol::Off, "\"proxy_protocol\"");
  refuse(!settings_.access_log.empty(), "\"access_log\"");
}

void StreamService::compileTransport(StreamContext& context) {
  connect_.timeout = settings_.proxy_connect_timeout;
  connect_.keepalive = settings_.proxy_socket_keepalive;
  connect_.unacknowledged = settings_.proxy_timeout;
  if (!settings_.proxy_bind.empty()) connect_.bind = Address::parse(settings_.proxy_bind);
  if (context.services != nullptr) transport_ = context.services->upstreams.transports().idOf({connect_.bind});
}

}  // namespace weir
