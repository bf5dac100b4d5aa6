// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/upstream.h"

#include <algorithm>
#include <map>
#include <utility>

#include "worker/upstream/host_port.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {
namespace {

PeerEntry makeEntry(const PeerSetting& server, const Ref<Peer>& peer) {
  PeerEntry entry;
  entry.peer = peer;
  entry.weight = server.weight;
  entry.policy = {server.max_fails, server.fail_timeout};
  entry.max_conns = server.max_conns;
  entry.backup = server.backup;
  entry.down = server.down;
  return entry;
}

}  // namespace

Upstream::Upstream(UpstreamDirectory& directory, std::string_view name, SeriesScope scope)
    : directory_(directory),
      name_(name),
      scope_(scope),
      metrics_(directory.segment(), seriesLabel(scope, name)),
      pool_(makeRef<ConnectionPool>(directory.loop())),
      peers_(makeRef<PeerSet>(settings_, std::vector<PeerEntry>{}, pool_)) {}

Upstream::~Upstream() {
  // Closes the idle connections, and those of leases that outlive this: they refer to peers that end with it.
  pool_->setLimits({});
  directory_.forget(*this);
}

void Upstream::configure(const UpstreamSettings& settings) {
  configured_ = true;
  metrics_.settle();
  settings_ = settings;
  std::vector<Ref<ResolvedName>> names;
  for (const PeerSetting& server : settings_.servers)
    if (!server.address) names.push_back(directory_.names().obtain(splitHostPort(server.host).host));
  names_ = std::move(names);
  limitPool();
  rebuild();
}

void Upstream::abandon() {
  configured_ = false;
  names_.clear();
  settings_.keepalive = 0;
  limitPool();
  for (size_t i = 0; i < peers_->size(); ++i) (*peers_)[i].peer->setListed(false);
}

void Upstream::limitPool() {
  const size_t idle = directory_.draining() ? 0 : settings_.keepalive;
  pool_->setLimits({idle, settings_.keepalive_requests, settings_.keepalive_time, settings_.keepalive_timeout});
}

bool Upstream::uses(const ResolvedName& name) const {
  return std::any_of(names_.begin(), names_.end(), [&](const auto& used) { return used.get() == &name; });
}

void Upstream::rebuild() {
  Ref<PeerSet> before = std::exchange(peers_, makeRef<PeerSet>(settings_, makeEntries(), pool_));
  for (size_t i = 0; i < peers_->size(); ++i) {
    const PeerEntry& entry = (*peers_)[i];
    entry.peer->setListed(true);
    entry.peer->health().configure(entry.policy, entry.weight, entry.down);
  }
  for (size_t i = 0; i < before->size(); ++i) {
    Peer& peer = *(*before)[i].peer;
    if (peers_->has(peer)) continue;
    peer.setListed(false);
    pool_->closeIdle(peer);
  }
}

std::vector<PeerEntry> Upstream::makeEntries() const {
  std::map<std::string, Ref<Peer>> known;
  for (size_t i = 0; i < peers_->size(); ++i) known.emplace((*peers_)[i].peer->name(), (*peers_)[i].peer);
  std::vector<PeerEntry> entries;
  for (const PeerSetting& server : settings_.servers) {
    for (const Address& address : addressesOf(server)) {
      Ref<Peer>& peer = known[address.toString()];
      if (!peer) peer = makeRef<Peer>(name_, address, directory_.segment(), scope_);
      entries.push_back(makeEntry(server, peer));
    }
  }
  return entries;
}

std::vector<Address> Upstream::addressesOf(const PeerSetting& server) const {
  if (server.address) return {*server.address};
  const HostPort split = splitHostPort(server.host);
  std::vector<Address> addresses;
  for (const Ref<ResolvedName>& name : names_) {
    if (name->name() != split.host || !addresses.empty()) continue;
    for (const Address& address : name->addresses()) addresses.push_back(withPort(address, split.port));
  }
  return addresses;
}

}  // namespace weir
