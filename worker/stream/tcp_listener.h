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
#include "worker/stream/stream_metrics.h"
#include "worker/stream/stream_service.h"
#include "worker/stream/tcp_session.h"
#include "worker/tls/tls_acceptor.h"

namespace weir {

class TcpListener final : public Listener, public Acceptor::Owner, public TlsAcceptor::Owner {
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
  // Its clients are proxies, who say first for whom they come.
  bool expectsProxyHeader() const { return proxy_header_; }

  void adopt(Fd listening) override;
  int socket() const override { return acceptor_->fd(); }
  void retire() override;
  bool retired() const override { return acceptor_ == nullptr; }
  bool empty() override { return sessions_.empty() && (tls_ == nullptr || tls_->empty()); }
  // Sessions have no moment in which ending them would do no harm.
  void drain(Milliseconds) override;
  size_t lasting() override;
  void endLasting(size_t count) override;
  void releaseRuntime() override;

  // For a session: it has ended. Its last statement.
  void remove(TcpSession& session);

 private:
  void onAccept(Fd connection, const sockaddr* remote, socklen_t size) override;
  void onDescriptorsExhausted() override;
  // A connection's handshake, where the stream speaks TLS.
  void onSecured(std::unique_ptr<TlsStream> stream, Client client) override;
  void onPlain(std::unique_ptr<TcpStream> stream, Buffer bytes, Client client) override;
  void onRefused() override;
  void beginHandshake(std::unique_ptr<TcpStream> stream, const Address& client);
  // tls: the stream itself where it speaks TLS, else null
  void serve(std::unique_ptr<Stream> stream, const Address& client, const TlsStream* tls);
  void inheritOptions(int listening) const;

  WorkerServices& services_;
  ListenerMetrics metrics_;
  StreamMetrics stream_metrics_;
  Ref<const Counted> runtime_;
  const StreamService* service_ = nullptr;
  bool proxy_header_ = false;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<TlsAcceptor> tls_;  // once it is needed
  List<TcpSession> sessions_;
};

}  // namespace weir
