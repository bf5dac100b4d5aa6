// SPDX-License-Identifier: Apache-2.0
#include "worker/http/http_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/log.h"

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
  while (!prefaces_.empty()) onNotProxied(prefaces_.front(), ProxyPreface::Fault::Closed);
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
  prefaces_.each([](ProxyPreface& preface) { preface.hurry(kHandshakeGrace); });
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
  environment_.connections().closed();
  stats::add(metrics_.active, -1);
  environment_.loop().retire(std::unique_ptr<Retirable>(&connection));
}

// At worker_connections, an idle connection of this listener makes room for the newcomer; the oldest first. Where none
// is, a handshake or what comes before: whoever needs longest for it.
bool HttpListener::makeRoom() {
  int looked = 0;
  ServerConnection* idle = connections_.find(
      [&looked](ServerConnection& connection) { return ++looked > kEvictionLook || connection.isIdle(); });
  if (idle != nullptr && looked <= kEvictionLook) return idle->close(), true;
  if (tls_ && tls_->evict()) return true;
  if (prefaces_.empty()) return false;
  onNotProxied(prefaces_.front(), ProxyPreface::Fault::Timeout);
  return true;
}

void HttpListener::onAccept(Fd connection, const sockaddr* remote, socklen_t size) {
  if (!environment_.connections().mayOpen() && !makeRoom()) return stats::add(metrics_.rejected_limit);
  stats::add(metrics_.accepted);
  stats::add(metrics_.active);
  environment_.connections().opened();
  auto stream = std::make_unique<TcpStream>(environment_.loop(), std::move(connection));
  Address remote_address = address().isUnix() ? address() : Address::fromSockaddr(remote, size);
  if (routes_->expectsProxyHeader()) return awaitProxyHeader(std::move(stream), remote_address);
  if (routes_->usesTls()) return beginHandshake(std::move(stream), {remote_address, nullptr});
  serve(std::move(stream), {remote_address, nullptr});
}

// S-52: only from those whose word is taken. What they say before is no request's, so that of the default server
// counts.
void HttpListener::awaitProxyHeader(std::unique_ptr<TcpStream> stream, const Address& proxy) {
  const HttpSettings& http = routes_->defaultServer().http();
  const auto& trusted = http.set_real_ip_from;
  bool trusts = trusted.empty() || std::any_of(trusted.begin(), trusted.end(),
                                               [&](const Network& network) { return network.contains(proxy); });
  auto* preface = new ProxyPreface(environment_.loop(), std::move(stream), proxy, http.client_header_timeout, *this);
  prefaces_.pushBack(*preface);
  if (!trusts) onNotProxied(*preface, ProxyPreface::Fault::Untrusted);
}

void HttpListener::onProxied(ProxyPreface& preface, std::unique_ptr<TcpStream> stream, Client client) {
  drop(preface);
  if (routes_->usesTls()) return beginHandshake(std::move(stream), std::move(client));
  serve(std::move(stream), std::move(client)).begin();
}

void HttpListener::onNotProxied(ProxyPreface& preface, ProxyPreface::Fault fault) {
  constexpr std::array<const char*, 4> kWhy{"the connection ended before it", "something else came",
                                            "it did not come in time", "its sender is not trusted"};
  WEIR_LOG(Info, "bad_proxy_header: {}, client: {}, listener: {}", kWhy[static_cast<size_t>(fault)],
           preface.proxy().toString(), key());
  stats::add(metrics_.rejected_proxy_protocol);
  stats::add(metrics_.active, -1);
  environment_.connections().closed();
  drop(preface);
}

void HttpListener::drop(ProxyPreface& preface) {
  preface.silence();
  preface.unlink();
  environment_.loop().retire(std::unique_ptr<Retirable>(&preface));
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
