// SPDX-License-Identifier: Apache-2.0
#pragma once
// UdpListener: a Listener of a [stream] that is UDP: its socket, and the sessions that came in by it (S-51). Sessions
// are bounded: at the limit one whose client has sent a single datagram makes room, the oldest first, so that a flood
// of invented senders drives out its own and not those that have shown to be there.

#include <memory>
#include <unordered_map>

#include "shared/base/list.h"
#include "shared/base/ref.h"
#include "worker/event/loop.h"
#include "worker/event/readiness.h"
#include "worker/net/listener.h"
#include "worker/net/listener_metrics.h"
#include "worker/stream/datagram_metrics.h"
#include "worker/stream/stream_metrics.h"
#include "worker/stream/stream_service.h"
#include "worker/stream/udp_environment.h"
#include "worker/stream/udp_session.h"

namespace weir {

class UdpListener final : public weir::Listener, Readiness::Listener, Task {
 public:
  UdpListener(UdpEnvironment& environment, const Address& address, Fd listening);
  ~UdpListener() override;

  UdpEnvironment& environment() { return environment_; }
  ListenerMetrics& metrics() { return metrics_; }
  StreamMetrics& streamMetrics() { return stream_metrics_; }
  DatagramMetrics& datagrams() { return datagrams_; }

  // What new sessions go by. REQUIRES: the runtime owns the service.
  void setService(Ref<const Counted> runtime, const StreamService& service);
  const Ref<const Counted>& runtime() const { return runtime_; }
  const StreamService& service() const { return *service_; }

  // Sessions that wait for an answer get sockets of their own for it.
  void adopt(Fd listening) override;
  int socket() const override { return ready_->fd(); }
  void retire() override;
  bool retired() const override { return ready_ == nullptr; }
  bool empty() override { return sessions_.empty() && detached_.empty(); }
  void drain(Milliseconds) override {}
  // Nobody notices the end of a session but by the lack of an answer: they last until their own timeout.
  size_t lasting() override { return 0; }
  void endLasting(size_t) override {}
  void releaseRuntime() override;

  // -1 when retired: answers to clients leave by it where a session has no socket of its own.
  int fd() const { return ready_ ? ready_->fd() : -1; }

  // Datagram i of the environment's batch, which came to a session's socket by that address and is not its client's.
  void takeStray(size_t i, const Address& local);
  // For a session: a second datagram came from its client.
  void confirm(UdpSession& session);
  // For a session: the next datagram of its client begins another one.
  void detach(UdpSession& session);
  // For a session: it has ended. Its last statement.
  void remove(UdpSession& session);

 private:
  // Batches per event, then others have their turn.
  static constexpr int kBatches = 8;

  void onReady() override;
  void run() override;
  bool receiveBatch();
  // Of the batch, those from i on that belong to one session; gives where the next one's begin.
  size_t dispatch(size_t i);
  UdpKey keyOf(size_t i, Address& local) const;
  UdpSession* find(const UdpKey& key);
  UdpSession* begin(const UdpKey& key, size_t i, const Address& local);
  bool makeRoom();
  void forget(UdpSession& session);

  UdpEnvironment& environment_;
  ListenerMetrics metrics_;
  StreamMetrics stream_metrics_;
  DatagramMetrics datagrams_;
  Ref<const Counted> runtime_;
  const StreamService* service_ = nullptr;
  std::unique_ptr<Readiness> ready_;
  std::unordered_map<UdpKey, UdpSession*, UdpKeyHash> sessions_;
  std::unordered_map<UdpKey, uint32_t, UdpKeyHash> sources_;  // sessions by client address, where that is limited
  List<UdpSession> unconfirmed_;                              // oldest first
  List<UdpSession> confirmed_;
  List<UdpSession> detached_;
  size_t count_ = 0;
};

}  // namespace weir
