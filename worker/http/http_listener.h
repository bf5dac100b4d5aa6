// SPDX-License-Identifier: Apache-2.0
#pragma once
// HttpListener: a Listener for HTTP: its connections, and the routes that their requests take.

#include <memory>
#include <vector>

#include "shared/base/ref.h"
#include "worker/http/http_environment.h"
#include "worker/http/route.h"
#include "worker/http/server_connection.h"
#include "worker/net/acceptor.h"
#include "worker/net/listener.h"
#include "worker/net/listener_metrics.h"
#include "worker/net/proxy_acceptor.h"
#include "worker/tls/tls_acceptor.h"

namespace weir {

class HttpListener final : public Listener,
                           public Acceptor::Owner,
                           public TlsAcceptor::Owner,
                           public ProxyAcceptor::Owner,
                           Task {
 public:
  HttpListener(HttpEnvironment& environment, const Address& address, Fd listening);
  ~HttpListener() override;

  HttpEnvironment& environment() { return environment_; }
  ListenerMetrics& metrics() { return metrics_; }

  // What requests are routed by from now on. REQUIRES: the runtime owns the routes.
  void setRoutes(Ref<const Counted> runtime, const ListenerRoutes& routes);
  const Ref<const Counted>& runtime() const { return runtime_; }
  const ListenerRoutes& routes() const { return *routes_; }

  void adopt(Fd listening) override;
  int socket() const override { return acceptor_->fd(); }
  void retire() override;
  bool retired() const override { return acceptor_ == nullptr; }
  bool empty() override { return connections_.empty() && (!proxies_ || proxies_->empty()) && (!tls_ || tls_->empty()); }
  // See ServerConnection::drain and close.
  void drain(Milliseconds grace) override;
  void closeConnections();
  size_t lasting() override;
  void endLasting(size_t count) override;
  void releaseRuntime() override;

  // For a connection: it has ended. Its last statement.
  void remove(ServerConnection& connection);

 private:
  // How many of the oldest connections are looked at for one to give up.
  static constexpr int kEvictionLook = 64;

  // What handshakes still have when the listener ends.
  static constexpr Milliseconds kHandshakeGrace{5000};

  void onAccept(Fd connection, const sockaddr* remote, socklen_t size) override;
  // Not of those who came in this very turn: nothing of theirs was read yet.
  bool makeRoom() override { return fresh_.empty() && giveOneUp(); }
  void onDescriptorsExhausted() override;
  // Begins what was accepted in this turn.
  void run() override;
  // A connection's handshake, where the address speaks TLS.
  void onSecured(std::unique_ptr<TlsStream> stream, Client client) override;
  void onPlain(std::unique_ptr<TcpStream> stream, Buffer bytes, Client client) override;
  void onRefused() override;

  // What comes before, where clients are proxies.
  void onProxied(std::unique_ptr<TcpStream> stream, Client client) override;
  void onNotProxied(std::unique_ptr<TcpStream> stream, Client client, ProxyAcceptor::Fault fault) override;

  void awaitProxyHeader(std::unique_ptr<TcpStream> stream, const Address& proxy);
  ServerConnection& serve(std::unique_ptr<Stream> stream, Client client);
  void beginHandshake(std::unique_ptr<TcpStream> stream, Client client);
  bool giveOneUp();

  HttpEnvironment& environment_;
  ListenerMetrics metrics_;
  Ref<const Counted> runtime_;
  const ListenerRoutes* routes_ = nullptr;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<TlsAcceptor> tls_;        // once it is needed
  std::unique_ptr<ProxyAcceptor> proxies_;  // likewise
  List<ServerConnection> connections_;
  std::vector<ServerConnection*> fresh_;  // accepted, and not begun; null: ended meanwhile
};

}  // namespace weir
