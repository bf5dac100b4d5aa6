// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/upstream_directory.h"

#include <algorithm>
#include <utility>

#include "worker/upstream/host_port.h"

namespace weir {
namespace {

bool contains(const std::vector<Ref<Upstream>>& all, const Ref<Upstream>& upstream) {
  return std::find(all.begin(), all.end(), upstream) != all.end();
}

}  // namespace

// As the directives of an [upstream] default.
UpstreamSettings implicitUpstream(std::string_view host, uint16_t default_port) {
  UpstreamSettings settings;
  settings.name = host;
  settings.keepalive = 32;
  settings.keepalive_requests = 1000;
  settings.keepalive_time = std::chrono::hours(1);
  settings.keepalive_timeout = std::chrono::seconds(60);
  PeerSetting& server = settings.servers.emplace_back();
  server.address = Address::parse(host, default_port);
  const HostPort split = splitHostPort(host, default_port);
  server.host =
      server.address ? server.address->toString() : std::string(split.host) + ":" + std::to_string(split.port);
  return settings;
}

bool PreparedUpstreams::resolved() const {
  return std::all_of(names_.begin(), names_.end(), [](const auto& name) { return name->answered(); });
}

Ref<Upstream> UpstreamDirectory::obtain(std::string_view name) {
  if (auto known = known_.find(name); known != known_.end()) return Ref<Upstream>(known->second);
  Ref<Upstream> made = makeRef<Upstream>(*this, name);
  known_.emplace(made->name(), made.get());
  return made;
}

Ref<Upstream> UpstreamDirectory::find(std::string_view name) {
  auto known = known_.find(name);
  if (known != known_.end() && known->second->configured()) return Ref<Upstream>(known->second);
  if (auto varied = varied_.find(name); varied != varied_.end()) return Ref<Upstream>(varied->second);
  UpstreamSettings implied = implicitUpstream(name);
  if (!implied.servers[0].address) return {};
  Ref<Upstream> upstream = makeRef<Upstream>(*this, implied.name, SeriesScope::Variable);
  varied_.emplace(upstream->name(), upstream.get());
  upstream->configure(implied);
  if (implied_.size() >= kMaxImplied) implied_.pop_front();
  implied_.push_back(upstream);
  return upstream;
}

PreparedUpstreams UpstreamDirectory::prepare(std::vector<UpstreamSettings> all) {
  PreparedUpstreams prepared;
  for (UpstreamSettings& settings : all) {
    Ref<Upstream> upstream = obtain(settings.name);
    if (contains(prepared.upstreams_, upstream)) continue;
    for (const PeerSetting& server : settings.servers)
      if (!server.address) prepared.names_.push_back(names_.obtain(splitHostPort(server.host).host));
    prepared.upstreams_.push_back(std::move(upstream));
    prepared.settings_.push_back(std::move(settings));
  }
  return prepared;
}

void UpstreamDirectory::commit(PreparedUpstreams prepared) {
  for (size_t i = 0; i < prepared.upstreams_.size(); ++i) prepared.upstreams_[i]->configure(prepared.settings_[i]);
  for (const Ref<Upstream>& upstream : configured_)
    if (!contains(prepared.upstreams_, upstream)) upstream->abandon();
  configured_ = std::move(prepared.upstreams_);
}

void UpstreamDirectory::drain() {
  draining_ = true;
  for (const ByName* all : {&known_, &varied_})
    for (const auto& [name, upstream] : *all) upstream->limitPool();
}

void UpstreamDirectory::onAddressesChanged(const ResolvedName& name) {
  for (const auto& [_, upstream] : known_)
    if (upstream->uses(name)) upstream->rebuild();
}

}  // namespace weir
