// SPDX-License-Identifier: Apache-2.0
#pragma once
// TcpListener: a Listener of a [stream]: the sessions that came in by it. They go on over reloads, and after the
// listener is gone from the configuration; only their own timeouts, or the worker's end, end them.

#include <memory>

#include "shared/base/list.h"
#include "shared/base/ref.h"
#include "worker/net/acceptor.h"
#include "worker/net/listener.h"
#include "worker/net/listener_metrics.h"
#include "worker/net/proxy_acceptor.h"
#include "worker/stream/stream_metrics.h"
#include "worker/stream/stream_service.h"
#include "worker/stream/tcp_session.h"
#include "worker/tls/tls_acceptor.h"

namespace weir {

class TcpListener final : public Listener,
                          public Acceptor::Owner,
                          public TlsAcceptor::Owner,
                          public ProxyAcceptor::Owner {
 public:
  TcpListener(WorkerServices& services, const Address& address, Fd listening);
  ~TcpListener() override;

  WorkerServices& services() { return services_; }
  ListenerMetrics& metrics() { return metrics_; }
  StreamMetrics& streamMetrics() { return stream_metrics_; }

  // What new sessions go by. REQUIRES: the runtime owns the service.
  void setService(Ref<const Counted> runtime, const StreamService& service, bool proxy_header);
  const Ref<const Counted>& runtime() const { return runtime_; }
  const StreamService& service() const { return *service_; }

  void adopt(Fd listening) override;
  int socket() const override { return acceptor_->fd(); }
  void retire() override;
  bool retired() const override { return acceptor_ == nullptr; }
  bool empty() override { return sessions_.empty() && (!proxies_ || proxies_->empty()) && (!tls_ || tls_->empty()); }
  // Sessions have no moment in which ending them would do no harm.
  void drain(Milliseconds) override;
  size_t lasting() override;
  void endLasting(size_t count) override;
  void releaseRuntime() override;

  // For a session: it has ended. Its last statement.
  void remove(TcpSession& session);

 private:
  void onAccept(Fd connection, const sockaddr* remote, socklen_t size) override;
  // Who has yet to say for whom it comes, or to finish its handshake; sessions are never given up.
  bool makeRoom() override;
  void onDescriptorsExhausted() override;
  // What comes before, where clients are proxies.
  void onProxied(std::unique_ptr<TcpStream> stream, Client client) override;
  void onNotProxied(std::unique_ptr<TcpStream> stream, Client client, ProxyAcceptor::Fault fault) override;
  // A connection's handshake, where the stream speaks TLS.
  void onSecured(std::unique_ptr<TlsStream> stream, Client client) override;
  void onPlain(std::unique_ptr<TcpStream> stream, Buffer bytes, Client client) override;
  void onRefused() override;
  void awaitProxyHeader(std::unique_ptr<TcpStream> stream, const Address& proxy);
  void begin(std::unique_ptr<TcpStream> stream, Client client);
  // tls: the stream itself where it speaks TLS, else null
  TcpSession& serve(std::unique_ptr<Stream> stream, const Client& client, const TlsStream* tls);
  void inheritOptions(int listening) const;

  WorkerServices& services_;
  ListenerMetrics metrics_;
  StreamMetrics stream_metrics_;
  Ref<const Counted> runtime_;
  const StreamService* service_ = nullptr;
  bool proxy_header_ = false;  // clients are proxies, who say first for whom they come
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<TlsAcceptor> tls_;        // once it is needed
  std::unique_ptr<ProxyAcceptor> proxies_;  // likewise
  List<TcpSession> sessions_;
};

}  // namespace weir
