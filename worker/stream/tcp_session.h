// SPDX-License-Identifier: Apache-2.0
#pragma once
// TcpSession: one client's connection of a [stream]: reads what a route needs to know (a ClientHello), finds a peer,
// tries another while none has had a byte, and relays. Owned by its listener's list; ends through
// TcpListener::remove(). Once it relays it needs nothing of the configuration that it began with.

#include <memory>

#include "shared/base/failure.h"
#include "shared/base/list.h"
#include "shared/base/recycled.h"
#include "shared/base/ref.h"
#include "worker/codec/client_hello.h"
#include "worker/event/deadline.h"
#include "worker/net/buffer.h"
#include "worker/net/client.h"
#include "worker/net/connector.h"
#include "worker/net/relay.h"
#include "worker/stream/session_record.h"
#include "worker/stream/stream_service.h"
#include "worker/upstream/lease.h"
#include "worker/upstream/retry_budget.h"
#include "worker/upstream/tried_peers.h"

namespace weir {

class TcpListener;

class TcpSession final : public Retirable,
                         public Recycled<TcpSession>,
                         public ListNode<TcpSession>,
                         public Relay::Owner,
                         public TlsClientHandshake::Owner,
                         Connector::Owner,
                         Stream::Listener,
                         Deadline::Owner {
 public:
  // tls: the stream itself where it speaks TLS, else null
  TcpSession(TcpListener& listener, std::unique_ptr<Stream> stream, const Client& client, const TlsStream* tls);

  // Either of these, once.
  void start();
  void refuse(Cause cause) { end({cause}); }
  // Ends it now, whatever it does.
  void close();
  // After a reload: a session that relays goes by the listener's configuration.
  void releaseRuntime();

 private:
  // What it waits for.
  enum class State : uint8_t { Hello, Peer, Answered, ClientsEnd, Relayed, Over };
  enum class Progress : uint8_t { More, Done };

  static constexpr Milliseconds kLinger{5000};  // for the client's end, when it was answered by `return`
  static constexpr Milliseconds kLook{100};  // until a client that said something while a peer is sought is looked at
  static constexpr Milliseconds kSilentEnd{1000};  // for a peer, when the client ended without a byte
  static constexpr int kReads = 16;                // of what comes before, or is thrown away, per event

  void onReady() override;
  void onDeadline(Deadline&) override;
  void onConnected(std::unique_ptr<TcpStream> stream) override;
  void onConnectFailed(Failure failure) override;
  void onHandshaken(std::unique_ptr<TlsStream> stream) override;
  void onHandshakeFailed(Failure failure) override;
  void onRelayEnded(Relay& relay, RelayEnd how) override;

  void awaitHello();
  void readBefore();
  Progress lookForHello();

  void takePlace();
  void choosePeer();
  void watchClient();
  void lookAtClient();
  void streamIsThere(std::unique_ptr<Stream> stream);
  Lease nextLease();
  void beginTry(Lease lease);
  bool retry(Cause cause);
  Buffer owedToPeer();
  void relay();

  void answer();
  void sendAnswer();
  void readToEnd();
  void end(Failure failure);

  EventLoop& loop() { return record_.loop; }
  Instant now() { return loop().now(); }

  TcpListener& listener_;
  Ref<const Counted> runtime_;  // owns the service
  const StreamService* service_;
  SessionRecord record_;
  State state_ = State::Peer;
  bool silent_end_ = false;         // the client had ended without a byte when it was looked at
  std::unique_ptr<Stream> stream_;  // the client's, until it is relayed
  Buffer in_;                       // what was read before there is a peer; or what `return` sends
  std::unique_ptr<ClientHelloReader> hello_;
  Deadline wait_;

  // While a peer is sought.
  Ref<Upstream> upstream_;
  Ref<PeerSet> peers_;
  TriedPeers tried_;
  uint32_t tries_ = 0;
  RetryPermit permit_;
  Lease lease_;
  Connector connector_;
  std::unique_ptr<TlsClientHandshake> handshake_;

  std::unique_ptr<Relay> relay_;
  size_t header_size_ = 0;  // of the PROXY header that went to the peer
};

}  // namespace weir
