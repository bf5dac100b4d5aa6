// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/stream_service.h"

#include <algorithm>
#include <string>

#include "worker/upstream/hash_key.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {

StreamService::StreamService(const StreamSettings& settings, StreamContext& context) : settings_(settings) {
  if (context.services != nullptr) directory_ = &context.services->upstreams;
  compilePass(context);
  compileHashes(context);
  compileTransport(context);
  compileLogs(context);
  answer_ = SessionTemplate::compile(settings.return_, context.maps, context.diagnostics);
}

void StreamService::compilePass(StreamContext& context) {
  const TemplateText& pass = settings_.proxy_pass;
  if (pass.text.empty()) return;
  if (pass.text.find('$') != std::string::npos) {
    pass_ = SessionTemplate::compile(pass, context.maps, context.diagnostics);
    return;
  }
  upstream_ = context.upstreams.refer(pass.text, 0);
}

// Of all upstreams: with variables it may be any.
void StreamService::compileHashes(StreamContext& context) {
  for (const UpstreamSettings& upstream : context.settings.upstreams) {
    TemplateText key = hashKeyOf(upstream);
    bool used = pass_.isEmpty() ? upstream.name == settings_.proxy_pass.text : true;
    if (!key.text.empty() && used)
      hashes_.emplace(upstream.name, SessionTemplate::compile(key, context.maps, context.diagnostics));
  }
}

void StreamService::compileTransport(StreamContext& context) {
  connect_.timeout = settings_.proxy_connect_timeout;
  connect_.keepalive = settings_.proxy_socket_keepalive;
  connect_.unacknowledged = settings_.proxy_timeout;
  if (!settings_.proxy_bind.empty()) connect_.bind = Address::parse(settings_.proxy_bind);
  if (context.services != nullptr) transport_ = context.services->upstreams.transports().idOf({connect_.bind});
}

void StreamService::compileLogs(StreamContext& context) {
  const auto& formats = context.settings.log_formats;
  for (const AccessLogSetting& setting : settings_.access_log) {
    // An unknown one is an error already (checks.cc).
    auto format = std::find_if(formats.begin(), formats.end(), [&](const auto& f) { return f.name == setting.format; });
    if (format == formats.end()) continue;
    auto text = SessionTemplate::compile(format->text, context.maps, context.diagnostics);
    auto condition = SessionTemplate::compile(setting.condition, context.maps, context.diagnostics);
    logs_.add(setting, format->escape, std::move(text), std::move(condition), context.logs);
  }
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
  return settings_.proxy_protocol != ProxyProtocol::Off || !logs_.empty() || !pass_.isEmpty() || !answer_.isEmpty();
}

void StreamService::log(const SessionRecord& record) const {
  if (!logs_.empty()) logs_.write(record);
}

}  // namespace weir
