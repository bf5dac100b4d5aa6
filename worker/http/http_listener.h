// SPDX-License-Identifier: Apache-2.0
#pragma once
// HttpListener: one listening address of a worker, and the connections that came in by it. Outlives configurations: a
// reload gives it other routes; one that is no longer configured stops accepting and ends with its last connection.

#include <memory>

#include "shared/base/address.h"
#include "shared/base/ref.h"
#include "worker/http/http_environment.h"
#include "worker/http/http_metrics.h"
#include "worker/http/route.h"
#include "worker/http/server_connection.h"
#include "worker/net/acceptor.h"

namespace weir {

class HttpListener final : public Acceptor::Owner {
 public:
  HttpListener(HttpEnvironment& environment, const Address& address, Fd listening);
  ~HttpListener();

  const Address& address() const { return address_; }
  HttpEnvironment& environment() { return environment_; }
  ListenerMetrics& metrics() { return metrics_; }

  // What requests are routed by from now on. REQUIRES: the runtime owns the routes.
  void setRoutes(Ref<const Counted> runtime, const ListenerRoutes& routes);
  const Ref<const Counted>& runtime() const { return runtime_; }
  const ListenerRoutes& routes() const { return *routes_; }

  // New connections go elsewhere from now on. Those that were on their way still come and are served once; when the
  // time has passed it can retire.
  void leave(Instant until);
  void stay();
  bool leaving() const { return acceptor_ != nullptr && leaves_at_ != kNever; }
  Instant leavesAt() const { return leaves_at_; }
  // Accepts what is queued at another socket of the address, and closes that.
  void adopt(Fd listening);
  // Accepts what is queued, then no more, and closes the listening socket.
  void retire();
  bool retired() const { return acceptor_ == nullptr; }
  bool empty() { return connections_.empty(); }

  // See ServerConnection::drain and close.
  void drainConnections(Milliseconds grace);
  void closeConnections();
  // After a reload: relays let go of the configuration they began with.
  void releaseRelays();

  // For a connection: it has ended. Its last statement.
  void remove(ServerConnection& connection);

  void onAccept(Fd connection, const sockaddr* remote, socklen_t size) override;
  void onDescriptorsExhausted() override;

  // How long an idle keep-alive client may still send a request when its listener leaves.
  static constexpr Milliseconds kIdleGrace{1000};

 private:
  // How many of the oldest connections are looked at for one to give up.
  static constexpr int kEvictionLook = 64;

  bool makeRoom();

  HttpEnvironment& environment_;
  Address address_;
  ListenerMetrics metrics_;
  Ref<const Counted> runtime_;
  const ListenerRoutes* routes_ = nullptr;
  std::unique_ptr<Acceptor> acceptor_;
  Instant leaves_at_ = kNever;
  List<ServerConnection> connections_;
};

}  // namespace weir
