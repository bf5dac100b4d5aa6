// SPDX-License-Identifier: Apache-2.0
#pragma once
// UdpSession: one client of a UDP stream and the peer that its datagrams go to, through a socket connected to that peer
// (so that ICMP errors are heard) and, unless it ends with its answer anyway, one connected to the client: that one
// goes on getting the client's datagrams while listening sockets come and go, over reloads and changes of the number of
// workers (S-51). Owned by its listener's lists; ends through UdpListener::remove().

#include <memory>
#include <optional>

#include "shared/base/failure.h"
#include "shared/base/list.h"
#include "shared/base/ref.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/event/readiness.h"
#include "worker/net/datagram_batch.h"
#include "worker/stream/session_record.h"
#include "worker/stream/stream_service.h"
#include "worker/stream/udp_key.h"
#include "worker/upstream/lease.h"

namespace weir {

class UdpListener;

class UdpSession final : public Retirable, public ListNode<UdpSession>, public Task, Deadline::Owner {
 public:
  UdpSession(UdpListener& listener, const UdpKey& key, const Address& client, const Address& local);

  const UdpKey& key() const { return key_; }

  // Finds a peer. False: there is none; it has ended.
  bool start();
  // Entries first..last-1 of the environment's batch came from the client.
  void fromClient(size_t first, size_t last);
  // Ends it for another one.
  void giveWay();
  // The listening socket is about to close: what still waits for answers needs a socket of its own.
  void leaveListener();
  void releaseRuntime();
  void close();

 private:
  // Reads of one socket per event.
  static constexpr int kBatches = 4;

  // One of its two sockets.
  class Side final : Readiness::Listener {
   public:
    using Ready = void (UdpSession::*)();
    Side(UdpSession& session, Ready ready) : session_(session), ready_(ready) {}
    void open(EventLoop& loop, Fd fd);
    bool isOpen() const { return socket_ != nullptr; }
    Readiness& socket() { return *socket_; }

   private:
    void onReady() override { (session_.*ready_)(); }

    UdpSession& session_;
    Ready ready_;
    std::unique_ptr<Readiness> socket_;
  };

  // What it was promised when it began; a reload does not change that.
  struct Terms {
    Milliseconds timeout;
    std::optional<uint32_t> responses;
    uint32_t requests;
    ProxyProtocol header;
    // Some datagram is not like the others: each has to be seen.
    bool countsDatagrams() const { return responses || requests > 0 || header != ProxyProtocol::Off; }
  };
  static Terms termsOf(const StreamSettings& settings);

  void onDeadline(Deadline&) override;
  void run() override;
  bool connectPeer();
  void connectClient();
  void readPeer();
  void readClient();
  // Of the batch; some may be strangers' that came before the socket was connected.
  void fromClientSocket();
  void toPeer(size_t first, size_t last);
  void sendHeaded(size_t i);
  // False: the session is over by it.
  bool sendFailed(int os_error, size_t datagrams);
  // The whole batch.
  void toClient();
  void sendToClient(size_t count);
  DatagramBatch::Destination destination() const;
  // Of entries first..last-1: where those begin that are another session's (proxy_requests).
  size_t shareOf(size_t first, size_t last) const;
  bool answered() const;
  void endIfDone();
  void peerFailed(Failure failure);
  void end(Cause cause);

  EventLoop& loop();
  Instant now() { return loop().now(); }
  DatagramBatch& batch();

  UdpListener& listener_;
  Ref<const Counted> runtime_;  // owns the service
  const StreamService* service_;
  UdpKey key_;
  Terms terms_;
  SessionRecord record_;
  Ref<Upstream> upstream_;
  Lease lease_;
  Side peer_;
  Side client_;
  Deadline quiet_;
  uint64_t requests_ = 0;
  uint64_t responses_ = 0;
  bool headed_ = false;   // the PROXY header was sent
  bool settled_ = false;  // the client's socket was read empty once: what came
                          // before it was connected is out
  bool over_ = false;
};

}  // namespace weir
