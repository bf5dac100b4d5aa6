// SPDX-License-Identifier: Apache-2.0
#include "master/listeners.h"

#include <unistd.h>

#include <algorithm>

#include "shared/base/log.h"
#include "shared/stats/segment.h"

namespace weir {
namespace {

bool sameOptions(const ListenSetting& a, const ListenSetting& b) {
  auto bytes = [](const std::optional<Size>& size) { return size ? size->bytes : 0; };
  return a.backlog == b.backlog && bytes(a.rcvbuf) == bytes(b.rcvbuf) && bytes(a.sndbuf) == bytes(b.sndbuf) &&
         a.deferred == b.deferred && a.fastopen == b.fastopen && a.so_keepalive == b.so_keepalive;
}

// Several servers may name an address, and any one of them its options: what is not the default counts.
void merge(ListenSetting& into, const ListenSetting& other) {
  const ListenSetting none;
  if (into.backlog == none.backlog) into.backlog = other.backlog;
  if (!into.rcvbuf) into.rcvbuf = other.rcvbuf;
  if (!into.sndbuf) into.sndbuf = other.sndbuf;
  if (other.ipv6only != none.ipv6only) into.ipv6only = other.ipv6only;
  into.deferred |= other.deferred;
  if (into.fastopen == none.fastopen) into.fastopen = other.fastopen;
  if (into.so_keepalive.empty()) into.so_keepalive = other.so_keepalive;
}

// Whether a socket at one of them may be why another at the other cannot be bound.
bool overlap(const Address& a, const Address& b) {
  if (a == b) return true;
  return (a.isWildcard() || b.isWildcard()) && !a.isUnix() && !b.isUnix() && a.port() == b.port();
}

Result<void> checkFolder(const Address& address) {
  std::string folder = address.path().substr(0, address.path().rfind('/') + 1);
  if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0) return systemError("bind " + address.toString());
  return {};
}

}  // namespace

Listeners Listeners::open(const Settings& settings, const std::vector<unsigned>& slots, const Listeners* previous,
                          Diagnostics& diagnostics) {
  static const Listeners kNone;
  const Listeners& held = previous == nullptr ? kNone : *previous;
  Listeners listeners;
  if (previous != nullptr) {
    listeners.ports_ = previous->ports_;
    listeners.datagram_addresses_ = previous->datagram_addresses_;
  }
  auto wanted = wishes(settings);
  // All probes first: one would find the sockets that this very call has bound.
  for (const auto& [key, wish] : wanted) {
    if (held.holdsPortOf(wish.setting)) continue;
    if (auto free = ListenSocket::probe(wish.setting); !free)
      diagnostics.error(wish.setting.origin, free.error().message());
  }
  if (diagnostics.hasErrors()) return listeners;
  for (const auto& [key, wish] : wanted) {
    listeners.groups_.emplace(key, listeners.makeGroup(wish, held.find(key), slots, diagnostics));
    if (wish.setting.udp) listeners.rememberDatagrams(wish.setting.address);
  }
  return listeners;
}

Listeners Listeners::passed(PassedSockets sockets, const Settings& settings, unsigned first_slot) {
  Listeners listeners;
  for (const auto& [key, wish] : wishes(settings)) {
    const Address& address = wish.setting.address;
    Fd fd = wish.setting.udp ? Fd() : sockets.take(address);
    if (!fd) continue;
    WEIR_LOG(Info, "{} was passed by the service manager", address.toString());
    Group group{wish.setting, false, {}};
    group.setting.backlog = 0;  // nobody's: so all options count as changed
    auto socket = std::make_shared<ListenSocket>(ListenSocket::passed(std::move(fd), wish.setting));
    group.sockets.emplace(wish.for_monitor ? Segment::kMonitorSlot : first_slot, std::move(socket));
    listeners.groups_.emplace(key, std::move(group));
  }
  sockets.warnOfRest();
  return listeners;
}

bool Listeners::anyInUse(const Settings& settings, const PassedSockets& passed) {
  for (const auto& [key, wish] : wishes(settings)) {
    if (passed.has(wish.setting.address)) continue;
    auto probed = ListenSocket::probe(wish.setting);
    if (!probed && probed.error().code == EADDRINUSE) return true;
  }
  return false;
}

void Listeners::check(const Settings& settings, Diagnostics& diagnostics) {
  for (const auto& [key, wish] : wishes(settings)) {
    const Address& address = wish.setting.address;
    auto bindable = address.isUnix() ? checkFolder(address) : ListenSocket::probe(wish.setting);
    // In use is how it should be when weir runs already.
    if (!bindable && bindable.error().code != EADDRINUSE)
      diagnostics.error(wish.setting.origin, bindable.error().message());
  }
}

void Listeners::giveUdpTo(uid_t user, gid_t group) const {
  for (const auto& socket : silent_) {
    if (!socket->isUdp()) continue;
    if (auto given = socket->giveTo(user, group); !given) WEIR_LOG(Error, "{}", given.error().message());
  }
}

Result<void> Listeners::activate() {
  for (auto& [key, group] : groups_)
    if (auto active = activate(group); !active) return active.error();
  silent_.clear();
  steer();
  return {};
}

Result<void> Listeners::activate(Group& group) {
  const uint32_t backlog = group.setting.backlog;
  const Address& address = group.setting.address;
  for (const auto& [slot, socket] : group.sockets) {
    bool is_new = std::find(silent_.begin(), silent_.end(), socket) != silent_.end();
    bool apart = address.isUnix() || group.setting.udp;
    if (is_new && apart)
      if (auto listening = socket->listen(backlog); !listening) return listening.error();
    if (!apart)
      if (auto joined = (*ports_)[portKey(group.setting)].join(slot, socket, backlog); !joined) return joined.error();
    if (is_new) WEIR_LOG(Info, "slot {} listens on {}", slot, socket->address().toString());
  }
  return {};
}

void Listeners::steer() {
  std::map<PortKey, std::set<const ListenSocket*>> serving;
  for (const auto& [key, group] : groups_)
    for (const auto& [slot, socket] : group.sockets)
      if (!group.setting.udp) serving[portKey(group.setting)].insert(socket.get());
  for (auto& [key, port] : *ports_) port.keepOnly(serving[key]);
}

void Listeners::steerAwayFrom(const std::set<unsigned>& slots) {
  for (auto& [key, port] : *ports_) port.steerAwayFrom(slots);
}

std::vector<KeyedDescriptor> Listeners::bequeath(unsigned from, unsigned to) {
  std::vector<KeyedDescriptor> orphans;
  for (auto& [port_key, port] : *ports_) {
    const std::string& address = port_key.first;
    const Group* group = find("listen:" + address);
    if (group == nullptr || !group->sockets.contains(to)) continue;
    if (auto socket = port.bequeath(from, to)) orphans.push_back({"orphan:" + address, socket->fd()});
  }
  return orphans;
}

void Listeners::release(unsigned slot, const std::string& key) {
  const std::string address = key.substr(key.find(':') + 1);
  for (auto& [port_key, port] : *ports_)
    if (port_key.first == address) port.release(slot);
  std::erase_if(*ports_, [](const auto& entry) { return entry.second.empty(); });
}

void Listeners::releaseAll(unsigned slot) {
  for (auto& [port_key, port] : *ports_) port.release(slot);
  std::erase_if(*ports_, [](const auto& entry) { return entry.second.empty(); });
}

void Listeners::applyChanges() {
  for (auto& [key, group] : groups_) {
    if (!std::exchange(group.changed, false)) continue;
    for (const auto& [slot, socket] : group.sockets) {
      if (auto applied = socket->apply(group.setting); !applied) WEIR_LOG(Error, "{}", applied.error().message());
      if (auto backlog = socket->listen(group.setting.backlog); !backlog)
        WEIR_LOG(Error, "{}", backlog.error().message());
    }
  }
}

std::vector<ListenerStatus> Listeners::status() const {
  std::map<std::string, ListenerStatus> rows;
  for (const auto& [key, group] : groups_) {
    const std::string address = key.substr(key.find(':') + 1);
    size_t sockets = group.setting.address.isUnix() ? 1 : group.sockets.size();
    rows[address] = {address, key.starts_with("metrics:"), sockets, 0};
  }
  for (const auto& [port_key, port] : *ports_) {
    ListenerStatus& row = rows[port_key.first];
    row.address = port_key.first;
    row.leaving += port.leaving();
  }
  std::vector<ListenerStatus> all;
  for (auto& [address, row] : rows) all.push_back(std::move(row));
  return all;
}

std::vector<KeyedDescriptor> Listeners::socketsOf(unsigned slot) const {
  std::vector<KeyedDescriptor> found;
  for (const auto& [key, group] : groups_) {
    auto socket = group.sockets.find(slot);
    if (socket != group.sockets.end()) found.push_back({key, socket->second->fd()});
  }
  return found;
}

std::map<std::string, Listeners::Wish> Listeners::wishes(const Settings& settings) {
  std::map<std::string, Wish> wanted;
  for (const ServerSettings& server : settings.servers) {
    for (const ListenSetting& listen : server.listen) {
      auto [place, added] = wanted.try_emplace("listen:" + listen.address.toString(), Wish{listen, false});
      if (!added) merge(place->second.setting, listen);
    }
  }
  for (const StreamSettings& stream : settings.streams)
    for (const ListenSetting& listen : stream.listen) wanted.try_emplace("listen:" + listen.key(), Wish{listen, false});
  for (const Address& address : settings.metrics.listen) {
    ListenSetting setting;
    setting.address = address;
    wanted.try_emplace("metrics:" + address.toString(), Wish{setting, true});
  }
  return wanted;
}

Listeners::Group Listeners::makeGroup(const Wish& wish, const Group* previous, const std::vector<unsigned>& workers,
                                      Diagnostics& diagnostics) {
  Group group{wish.setting, false, {}};
  std::vector<unsigned> slots = wish.for_monitor ? std::vector{Segment::kMonitorSlot} : workers;
  if (previous != nullptr) inherit(group, *previous, slots);
  if (auto filled = fill(group, slots); !filled) diagnostics.error(wish.setting.origin, filled.error().message());
  return group;
}

// What cannot be had in place is bound anew, beside the sockets that then leave.
void Listeners::inherit(Group& group, const Group& previous, const std::vector<unsigned>& slots) {
  for (unsigned slot : slots) {
    auto socket = previous.sockets.find(slot);
    if (socket != previous.sockets.end() && socket->second->canBecome(group.setting)) group.sockets.insert(*socket);
  }
  group.changed = !sameOptions(group.setting, previous.setting);
}

// REQUIRES: the slot is missing. A group that has sockets already is extended at their real port.
Result<std::shared_ptr<ListenSocket>> Listeners::socketFor(const Group& group, unsigned slot) const {
  if (ReuseportGroup* port = findPort(group.setting))
    if (auto own = port->leavingOf(slot); own && own->canBecome(group.setting)) return own;
  ListenSetting setting = group.setting;
  if (!group.sockets.empty()) {
    if (group.sockets.begin()->second->isShared()) return group.sockets.begin()->second;
    setting.address = group.sockets.begin()->second->address();
  }
  auto bound = ListenSocket::bind(setting);
  if (!bound) return bound.error();
  return std::make_shared<ListenSocket>(std::move(bound).value());
}

Result<void> Listeners::fill(Group& group, const std::vector<unsigned>& slots) {
  for (unsigned slot : slots) {
    if (group.sockets.contains(slot)) continue;
    auto socket = socketFor(group, slot);
    if (!socket) return socket.error();
    if (auto applied = socket.value()->apply(group.setting); !applied) WEIR_LOG(Warn, "{}", applied.error().message());
    silent_.push_back(socket.value());
    group.sockets.emplace(slot, socket.value());
  }
  return {};
}

const Listeners::Group* Listeners::find(const std::string& key) const {
  auto found = groups_.find(key);
  return found == groups_.end() ? nullptr : &found->second;
}

ReuseportGroup* Listeners::findPort(const ListenSetting& setting) const {
  auto port = setting.udp ? ports_->end() : ports_->find(portKey(setting));
  return port == ports_->end() ? nullptr : &port->second;
}

void Listeners::rememberDatagrams(const Address& address) {
  constexpr size_t kMost = 1024;
  auto& known = datagram_addresses_;
  if (std::find(known.begin(), known.end(), address) != known.end()) return;
  if (known.size() == kMost) known.erase(known.begin());
  known.push_back(address);
}

bool Listeners::holdsPortOf(const ListenSetting& setting) const {
  const Address& address = setting.address;
  bool has_group = std::any_of(groups_.begin(), groups_.end(), [&](const auto& entry) {
    const ListenSetting& held = entry.second.setting;
    return held.udp == setting.udp && overlap(held.address, address);
  });
  if (has_group) return true;
  if (setting.udp)
    return std::any_of(datagram_addresses_.begin(), datagram_addresses_.end(),
                       [&](const Address& held) { return overlap(held, address); });
  return std::any_of(ports_->begin(), ports_->end(),
                     [&](const auto& entry) { return overlap(*Address::parse(entry.first.first), address); });
}

}  // namespace weir
