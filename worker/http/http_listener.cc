// SPDX-License-Identifier: Apache-2.0
#include "worker/http/http_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace weir {

HttpListener::HttpListener(HttpEnvironment& environment, const Address& address, Fd listening)
    : Listener(address.toString(), address),
      environment_(environment),
      metrics_(environment.services().segment, address.toString()) {
  // Accepted sockets inherit it: one system call here instead of one per connection.
  int on = 1;
  if (!address.isUnix()) ::setsockopt(listening.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  acceptor_ = std::make_unique<Acceptor>(environment.loop(), std::move(listening), *this);
}

HttpListener::~HttpListener() {
  tls_.reset();
  proxies_.reset();
  closeConnections();
}

void HttpListener::setRoutes(Ref<const Counted> runtime, const ListenerRoutes& routes) {
  runtime_ = std::move(runtime);
  routes_ = &routes;
}

void HttpListener::adopt(Fd listening) { Acceptor(environment_.loop(), std::move(listening), *this).acceptQueued(); }

void HttpListener::retire() {
  if (acceptor_) acceptor_->acceptQueued();
  acceptor_.reset();
}

void HttpListener::drain(Milliseconds grace) {
  connections_.each([grace](ServerConnection& connection) { connection.drain(grace); });
  if (proxies_) proxies_->hurry(kHandshakeGrace);
  if (tls_) tls_->hurry(kHandshakeGrace);
}

void HttpListener::closeConnections() {
  while (!connections_.empty()) connections_.front().close();
}

size_t HttpListener::lasting() {
  size_t count = 0;
  connections_.each([&count](ServerConnection& connection) { count += connection.relaying(); });
  return count;
}

void HttpListener::endLasting(size_t count) {
  auto relays = [](ServerConnection& connection) { return connection.relaying(); };
  for (; count > 0; --count) {
    ServerConnection* oldest = connections_.find(relays);
    if (oldest == nullptr) return;
    oldest->close();
  }
}

void HttpListener::releaseRuntime() {
  connections_.each([](ServerConnection& connection) { connection.releaseExchange(); });
}

void HttpListener::remove(ServerConnection& connection) {
  connection.unlink();
  std::replace(fresh_.begin(), fresh_.end(), &connection, static_cast<ServerConnection*>(nullptr));
  environment_.connections().closed();
  stats::add(metrics_.active, -1);
  environment_.loop().retire(std::unique_ptr<Retirable>(&connection));
}

// At worker_connections, and when descriptors run out, an idle connection of this listener makes room for the newcomer;
// the oldest first. Where none is, a handshake or what comes before: whoever needs longest for it.
bool HttpListener::giveOneUp() {
  int looked = 0;
  ServerConnection* idle = connections_.find(
      [&looked](ServerConnection& connection) { return ++looked > kEvictionLook || connection.isIdle(); });
  if (idle != nullptr && looked <= kEvictionLook) return idle->close(), true;
  return (tls_ && tls_->evict()) || (proxies_ && proxies_->evict());
}

void HttpListener::onAccept(Fd connection, const sockaddr* remote, socklen_t size) {
  if (!environment_.connections().mayOpen() && !giveOneUp()) return stats::add(metrics_.rejected_limit);
  stats::add(metrics_.accepted);
  stats::add(metrics_.active);
  environment_.connections().opened();
  bool has_preface = routes_->expectsProxyHeader() || routes_->usesTls();
  auto start = has_preface ? Readiness::Start::Watched : Readiness::Start::Unwatched;
  auto stream = std::make_unique<TcpStream>(environment_.loop(), std::move(connection), start);
  Address remote_address = address().isUnix() ? address() : Address::fromSockaddr(remote, size);
  if (routes_->expectsProxyHeader()) return awaitProxyHeader(std::move(stream), remote_address);
  if (routes_->usesTls()) return beginHandshake(std::move(stream), {remote_address, nullptr});
  fresh_.push_back(&serve(std::move(stream), {remote_address, nullptr}));
  environment_.loop().post(*this);
}

// All of a turn together: one that wakes the same server for each request has it work through them as one batch.
void HttpListener::run() {
  for (size_t i = 0; i < fresh_.size(); ++i)
    if (fresh_[i] != nullptr) fresh_[i]->begin();
  fresh_.clear();
}

// S-52: only from those whose word is taken. What they say before is no request's, so that of the default server
// counts.
void HttpListener::awaitProxyHeader(std::unique_ptr<TcpStream> stream, const Address& proxy) {
  const HttpSettings& http = routes_->defaultServer().http();
  const auto& trusted = http.set_real_ip_from;
  bool trusts = trusted.empty() || std::any_of(trusted.begin(), trusted.end(),
                                               [&](const Network& network) { return network.contains(proxy); });
  if (!proxies_) proxies_ = std::make_unique<ProxyAcceptor>(environment_.loop(), address(), metrics_, *this);
  proxies_->begin(std::move(stream), proxy, trusts, http.client_header_timeout);
}

void HttpListener::onProxied(std::unique_ptr<TcpStream> stream, Client client) {
  if (routes_->usesTls()) return beginHandshake(std::move(stream), std::move(client));
  serve(std::move(stream), std::move(client)).begin();
}

void HttpListener::onNotProxied(std::unique_ptr<TcpStream>, Client, ProxyAcceptor::Fault) {
  stats::add(metrics_.active, -1);
  environment_.connections().closed();
}

ServerConnection& HttpListener::serve(std::unique_ptr<Stream> stream, Client client) {
  auto* connection = new ServerConnection(*this, std::move(stream), std::move(client));
  connections_.pushBack(*connection);
  if (leaving() || retired()) connection->drain(kIdleGrace);
  return *connection;
}

void HttpListener::beginHandshake(std::unique_ptr<TcpStream> stream, Client client) {
  if (!tls_) tls_ = std::make_unique<TlsAcceptor>(*environment_.services().tls, address(), *this);
  tls_->begin(std::move(stream), std::move(client), runtime_, *routes_);
}

void HttpListener::onSecured(std::unique_ptr<TlsStream> stream, Client client) {
  const TlsStream& tls = *stream;
  serve(std::move(stream), std::move(client)).beginSecured(tls);
}

void HttpListener::onPlain(std::unique_ptr<TcpStream> stream, Buffer bytes, Client client) {
  serve(std::move(stream), std::move(client)).beginMisplaced(std::move(bytes));
}

void HttpListener::onRefused() {
  stats::add(metrics_.rejected_tls);
  stats::add(metrics_.active, -1);
  environment_.connections().closed();
}

void HttpListener::onDescriptorsExhausted() { stats::add(metrics_.rejected_fd); }

}  // namespace weir
