// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/tcp_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <utility>

#include "worker/event/loop.h"
#include "worker/net/user_timeout.h"

namespace weir {

TcpListener::TcpListener(WorkerServices& services, const Address& address, Fd listening)
    : Listener(address.toString(), address),
      services_(services),
      metrics_(services.segment, key()),
      stream_metrics_(services.segment, key()) {
  acceptor_ = std::make_unique<Acceptor>(services.loop, std::move(listening), *this);
}

TcpListener::~TcpListener() {
  tls_.reset();
  proxies_.reset();
  while (!sessions_.empty()) sessions_.front().close();
}

void TcpListener::setService(Ref<const Counted> runtime, const StreamService& service, bool proxy_header) {
  runtime_ = std::move(runtime);
  service_ = &service;
  proxy_header_ = proxy_header;
  if (acceptor_ && !address().isUnix()) inheritOptions(acceptor_->fd());
}

// Accepted sockets take them over: a few system calls here instead of some per connection.
void TcpListener::inheritOptions(int listening) const {
  int nodelay = service_->settings().tcp_nodelay;
  ::setsockopt(listening, IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof nodelay);
  setUserTimeout(listening, service_->settings().proxy_timeout);
}

void TcpListener::adopt(Fd listening) { Acceptor(services_.loop, std::move(listening), *this).acceptQueued(); }

void TcpListener::retire() {
  if (acceptor_) acceptor_->acceptQueued();
  acceptor_.reset();
}

size_t TcpListener::lasting() {
  size_t count = 0;
  sessions_.each([&count](TcpSession&) { ++count; });
  return count;
}

void TcpListener::endLasting(size_t count) {
  for (; count > 0 && !sessions_.empty(); --count) sessions_.front().close();
}

void TcpListener::drain(Milliseconds) {
  constexpr Milliseconds kHandshakeGrace{5000};
  if (proxies_) proxies_->hurry(kHandshakeGrace);
  if (tls_) tls_->hurry(kHandshakeGrace);
}

void TcpListener::releaseRuntime() {
  sessions_.each([](TcpSession& session) { session.releaseRuntime(); });
}

bool TcpListener::makeRoom() { return (tls_ && tls_->evict()) || (proxies_ && proxies_->evict()); }

void TcpListener::onAccept(Fd connection, const sockaddr* remote, socklen_t size) {
  if (!services_.connections.mayOpen() && !makeRoom()) return stats::add(metrics_.rejected_limit);
  Address client = address().isUnix() ? address() : Address::fromSockaddr(remote, size);
  if (!proxy_header_ && !service_->admits(client)) return stats::add(metrics_.rejected_acl);
  stats::add(metrics_.accepted);
  stats::add(metrics_.active);
  services_.connections.opened();
  auto stream = std::make_unique<TcpStream>(services_.loop, std::move(connection));
  if (proxy_header_) return awaitProxyHeader(std::move(stream), client);
  begin(std::move(stream), {client, nullptr});
}

void TcpListener::awaitProxyHeader(std::unique_ptr<TcpStream> stream, const Address& proxy) {
  if (!proxies_) proxies_ = std::make_unique<ProxyAcceptor>(services_.loop, address(), metrics_, *this);
  proxies_->begin(std::move(stream), proxy, service_->trusts(proxy), service_->settings().proxy_protocol_timeout);
}

void TcpListener::onProxied(std::unique_ptr<TcpStream> stream, Client client) {
  if (service_->admits(client.proxied ? client.proxied->source : client.address))
    return begin(std::move(stream), std::move(client));
  stats::add(metrics_.rejected_acl);
  serve(std::move(stream), client, nullptr).refuse(Cause::Forbidden);
}

void TcpListener::onNotProxied(std::unique_ptr<TcpStream> stream, Client client, ProxyAcceptor::Fault fault) {
  constexpr std::array<Cause, 5> kCauses{Cause::ClientAborted, Cause::BadProxyHeader, Cause::ProxyHeaderTimeout,
                                         Cause::BadProxyHeader, Cause::ShuttingDown};
  serve(std::move(stream), client, nullptr).refuse(kCauses[static_cast<size_t>(fault)]);
}

void TcpListener::begin(std::unique_ptr<TcpStream> stream, Client client) {
  if (service_->tls() == nullptr) return serve(std::move(stream), client, nullptr).start();
  if (!tls_) tls_ = std::make_unique<TlsAcceptor>(*services_.tls, address(), *this);
  tls_->begin(std::move(stream), std::move(client), runtime_, *service_);
}

void TcpListener::onSecured(std::unique_ptr<TlsStream> stream, Client client) {
  const TlsStream* tls = stream.get();
  serve(std::move(stream), client, tls).start();
}

// Nobody knows in what language it could be told.
void TcpListener::onPlain(std::unique_ptr<TcpStream>, Buffer, Client) { onRefused(); }

void TcpListener::onRefused() {
  stats::add(metrics_.rejected_tls);
  stats::add(metrics_.active, -1);
  services_.connections.closed();
}

TcpSession& TcpListener::serve(std::unique_ptr<Stream> stream, const Client& client, const TlsStream* tls) {
  stream_metrics_.begun();
  auto* session = new TcpSession(*this, std::move(stream), client, tls);
  sessions_.pushBack(*session);
  return *session;
}

void TcpListener::onDescriptorsExhausted() { stats::add(metrics_.rejected_fd); }

void TcpListener::remove(TcpSession& session) {
  session.unlink();
  services_.connections.closed();
  stats::add(metrics_.active, -1);
  services_.loop.retire(std::unique_ptr<Retirable>(&session));
}

}  // namespace weir
