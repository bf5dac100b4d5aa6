// SPDX-License-Identifier: Apache-2.0
#include "worker/net/resolver.h"

#include <ares.h>
#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "shared/base/log.h"

namespace weir {

// One family's lookup: c-ares cannot give a single one up, so this outlives its query and is told to be silent.
struct Resolver::Lookup {
  EventLoop& loop;
  Query* query;
  size_t place;                // in the query's lookups_
  std::chrono::seconds valid;  // 0: the TTL counts

  static void onAnswer(void* arg, int status, int timeouts, ares_addrinfo* answer) noexcept;
  void enter(Resolution& resolution, const ares_addrinfo& answer) const;
};

namespace {

bool isDefinitive(int status) {
  return status == ARES_ENOTFOUND || status == ARES_ENODATA || status == ARES_EBADNAME || status == ARES_ENONAME;
}

ares_addr_port_node toNode(const Address& server) {
  ares_addr_port_node node{};
  node.family = server.family();
  std::memcpy(&node.addr, server.bytes().data(), node.family == AF_INET ? 4 : 16);
  node.udp_port = node.tcp_port = server.port() == 0 ? 53 : server.port();
  return node;
}

int setServers(ares_channel channel, const std::vector<Address>& servers) {
  if (servers.empty()) return ARES_SUCCESS;
  std::vector<ares_addr_port_node> nodes;
  for (const Address& server : servers) nodes.push_back(toNode(server));
  for (size_t i = 1; i < nodes.size(); ++i) nodes[i - 1].next = &nodes[i];
  return ares_set_servers_ports(channel, nodes.data());
}

// Names that need no asking: literal addresses, and localhost (RFC 6761 6.3; c-ares 1.18 leaks memory on it besides).
std::vector<Address> selfEvident(const std::string& name) {
  if (::strcasecmp(name.c_str(), "localhost") == 0) return {*Address::parse("127.0.0.1"), *Address::parse("[::1]")};
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  if (::inet_pton(AF_INET, name.c_str(), &v4.sin_addr) == 1)
    return {Address::fromSockaddr(reinterpret_cast<sockaddr*>(&v4), sizeof v4)};
  if (::inet_pton(AF_INET6, name.c_str(), &v6.sin6_addr) == 1)
    return {Address::fromSockaddr(reinterpret_cast<sockaddr*>(&v6), sizeof v6)};
  return {};
}

bool permits(const ResolverSetting& setting, const Address& address) {
  return address.family() == AF_INET ? setting.ipv4 : setting.ipv6;
}

std::string nameOf(const ResolverSetting& setting) {
  std::string name;
  for (const Address& server : setting.servers) name += (name.empty() ? "" : " ") + server.toString();
  return name.empty() ? "system" : name;
}

}  // namespace

Resolver::Resolver(EventLoop& loop, const ResolverSetting& setting, Patience patience)
    : loop_(loop), setting_(setting), name_(nameOf(setting)), timeout_(loop, *this) {
  ares_library_init(ARES_LIB_INIT_ALL);
  ares_options options{};
  options.timeout = static_cast<int>(patience.timeout.count());
  options.tries = patience.tries;
  char lookups[] = "fb";  // the hosts file, then DNS
  options.lookups = lookups;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
    static_cast<Resolver*>(self)->onSocketState(fd, readable != 0, writable != 0);
  };
  options.sock_state_cb_data = this;
  int mask = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS | ARES_OPT_SOCK_STATE_CB;
  if (!setting.servers.empty()) mask |= ARES_OPT_DOMAINS;  // none: no search list
  int status = ares_init_options(&channel_, &options, mask);
  if (status == ARES_SUCCESS) status = setServers(channel_, setting.servers);
  if (status != ARES_SUCCESS) WEIR_LOG(Error, "resolver: {}", ares_strerror(status));
}

Resolver::~Resolver() {
  if (channel_ != nullptr) ares_destroy(channel_);
  ares_library_cleanup();
}

void Resolver::resolve(const std::string& name, Query& query) {
  query.cancel();
  query.resolution_ = {};
  query.unsure_ = channel_ == nullptr;
  if (auto evident = selfEvident(name); !evident.empty()) {
    std::erase_if(evident, [this](const Address& address) { return !permits(setting_, address); });
    query.resolution_.addresses = std::move(evident);
    return query.finish(loop_);
  }
  // Two lookups, because c-ares tells one status for both families: a failure of one would pass for "no such name".
  query.pending_ = channel_ == nullptr ? 0 : (setting_.ipv4 ? 1 : 0) + (setting_.ipv6 ? 1 : 0);
  if (query.pending_ == 0) return query.finish(loop_);
  if (setting_.ipv4) begin(name, AF_INET, query);
  if (setting_.ipv6) begin(name, AF_INET6, query);
  armTimeout();
}

void Resolver::begin(const std::string& name, int family, Query& query) {
  size_t place = family == AF_INET ? 0 : 1;
  auto valid = std::chrono::duration_cast<std::chrono::seconds>(setting_.valid.value_or(Milliseconds{0}));
  auto lookup = std::unique_ptr<Lookup>(new Lookup{loop_, &query, place, valid});
  query.lookups_[place] = lookup.get();
  ares_addrinfo_hints hints{};
  hints.ai_family = family;
  // One node per address, not one per socket type; and no sorting, which would connect a socket to each (RFC 6724).
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = ARES_AI_NOSORT;
  ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, Lookup::onAnswer, lookup.release());
}

void Resolver::Lookup::onAnswer(void* arg, int status, int, ares_addrinfo* answer) noexcept {
  std::unique_ptr<Lookup> lookup(static_cast<Lookup*>(arg));
  if (Query* query = lookup->query; query != nullptr) {
    query->lookups_[lookup->place] = nullptr;
    if (status == ARES_SUCCESS) {
      lookup->enter(query->resolution_, *answer);
    } else {
      query->unsure_ |= !isDefinitive(status);
      query->resolution_.text = ares_strerror(status);
    }
    if (--query->pending_ == 0) query->finish(lookup->loop);
  }
  if (answer != nullptr) ares_freeaddrinfo(answer);
}

void Resolver::Lookup::enter(Resolution& resolution, const ares_addrinfo& answer) const {
  auto& known = resolution.addresses;
  for (const ares_addrinfo_node* node = answer.nodes; node != nullptr; node = node->ai_next) {
    Address address = Address::fromSockaddr(node->ai_addr, node->ai_addrlen);
    auto ttl = valid.count() > 0 ? valid : std::chrono::seconds(std::max(node->ai_ttl, 0));
    resolution.ttl = known.empty() ? ttl : std::min(resolution.ttl, ttl);
    if (std::find(known.begin(), known.end(), address) == known.end()) known.push_back(std::move(address));
  }
}

void Resolver::onSocketState(int fd, bool readable, bool writable) {
  auto of_fd = [fd](const auto& watch) { return watch->fd() == fd; };
  auto watch = std::find_if(watches_.begin(), watches_.end(), of_fd);
  if (!readable && !writable) {
    if (watch != watches_.end()) watches_.erase(watch);
    return;
  }
  FdWatch::Owner& self = *this;
  if (watch == watches_.end()) watch = watches_.insert(watch, std::make_unique<FdWatch>(loop_, fd, self));
  (*watch)->want(readable, writable);
}

void Resolver::onWatched(int fd, bool readable, bool writable) {
  ares_process_fd(channel_, readable ? fd : ARES_SOCKET_BAD, writable ? fd : ARES_SOCKET_BAD);
  armTimeout();
}

void Resolver::onDeadline(Deadline&) {
  ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
  armTimeout();
}

void Resolver::armTimeout() {
  timeval wait;
  if (ares_timeout(channel_, nullptr, &wait) == nullptr) return timeout_.disarm();
  // Rounded up, and at least one: c-ares counts a timeout as passed only after it.
  timeout_.armIn(Milliseconds{wait.tv_sec * 1000 + wait.tv_usec / 1000 + 1});
}

void Resolver::Query::cancel() {
  unlink();
  for (Lookup*& lookup : lookups_)
    if (lookup != nullptr) std::exchange(lookup, nullptr)->query = nullptr;
  pending_ = 0;
}

void Resolver::Query::finish(EventLoop& loop) {
  Resolution& found = resolution_;
  if (!found.addresses.empty()) {
    auto is_v6 = [](const Address& address) { return address.family() == AF_INET6; };
    std::stable_partition(found.addresses.begin(), found.addresses.end(), std::not_fn(is_v6));
    found.status = ResolveStatus::Found;
    found.text.clear();
  } else {
    found.status = unsure_ ? ResolveStatus::Temporary : ResolveStatus::NotFound;
    if (found.text.empty()) found.text = unsure_ ? "no resolver" : "its address family is off";
  }
  loop.post(*this);
}

// A copy: the owner may ask again from within.
void Resolver::Query::run() { owner_.onResolved(*this, std::exchange(resolution_, {})); }

}  // namespace weir
