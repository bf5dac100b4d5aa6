// SPDX-License-Identifier: Apache-2.0
#pragma once
// TcpSession: one client's connection of a [stream]: finds it a peer, tries another while none has had a byte, and
// relays. Owned by its listener's list; ends through TcpListener::remove(). Once it relays it needs nothing of the
// configuration that it began with.

#include <memory>

#include "shared/base/failure.h"
#include "shared/base/list.h"
#include "shared/base/ref.h"
#include "worker/net/connector.h"
#include "worker/net/relay.h"
#include "worker/stream/stream_service.h"
#include "worker/upstream/lease.h"
#include "worker/upstream/retry_budget.h"
#include "worker/upstream/tried_peers.h"

namespace weir {

class TcpListener;

class TcpSession final : public Retirable, public ListNode<TcpSession>, public Relay::Owner, Connector::Owner {
 public:
  TcpSession(TcpListener& listener, std::unique_ptr<Stream> stream, const Address& client);

  void start();
  // Ends it now, whatever it does.
  void close();
  // After a reload: a session that relays goes by the listener's configuration.
  void releaseRuntime();

 private:
  void onConnected(std::unique_ptr<TcpStream> stream) override;
  void onConnectFailed(Failure failure) override;
  void onRelayEnded(Relay& relay, RelayEnd how) override;

  Lease nextLease();
  void beginTry(Lease lease);
  bool retry(Cause cause);
  void relay();
  void end(Failure failure);

  EventLoop& loop();
  Instant now() { return loop().now(); }

  TcpListener& listener_;
  Ref<const Counted> runtime_;  // owns the service
  const StreamService* service_;
  std::unique_ptr<Stream> stream_;  // the client's, until it is relayed
  Address client_;
  Instant started_;

  // While a peer is sought.
  Ref<Upstream> upstream_;
  Ref<PeerSet> peers_;
  TriedPeers tried_;
  uint32_t tries_ = 0;
  Instant try_started_{};
  RetryPermit permit_;
  Lease lease_;
  Connector connector_;

  std::unique_ptr<Relay> relay_;
};

}  // namespace weir
