// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lease: the right to one stream to one peer, given by Upstream::lease(). While it lives the peer's load counts it;
// when it ends its connection is closed, unless reuse() gave that to the pool. Owned by an exchange's answer, or by
// whoever owns a relay. A value that moves; empty when default-made, moved from, or ended.
//
//   Lease lease = upstream.lease(peers, {now, tried, key});
//   if (!lease) no live peer
//   if (!lease.takeIdle(transport)) connect to lease.peer()->address(), then lease.connected(stream, transport, now)
//   ... lease.stream() ... lease.succeeded() or lease.failed(now, cause) ... lease.reuse()

#include <cstddef>
#include <cstdint>
#include <memory>

#include "shared/base/failure.h"
#include "shared/base/ref.h"
#include "worker/upstream/peer_set.h"

namespace weir {

class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept = default;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() {
    if (*this) end();
  }

  explicit operator bool() const { return peers_ || relayed_; }
  // Closes the connection, if there is one, and leaves the lease empty.
  void end();

  // Below: REQUIRES a lease that is not empty.

  // Copy the Ref where the peer must outlive the lease (logs).
  const Ref<Peer>& peer() const { return peers_ ? (*peers_)[index_].peer : relayed_; }
  // In the set; for TriedPeers.
  size_t index() const { return index_; }

  // Takes a pooled connection, the most recently used; false when there is none. Its stream has no listener.
  bool takeIdle(uint32_t transport);
  // The connection was made.
  void connected(std::unique_ptr<Stream> stream, uint32_t transport, Instant now);
  // REQUIRES: takeIdle() or connected() before.
  Stream& stream() { return connection_->stream(); }
  bool hasStream() const { return connection_ != nullptr; }
  // The stream served another request before; if it fails without an answer, it may just have been stale.
  bool reused() const { return reused_; }
  // The peer closed an idle connection while this request was on its way: says nothing about its health, and permits
  // one try more on a fresh connection (S-15).
  bool stale(Cause cause) const { return reused_ && (cause == Cause::UpstreamClosed || cause == Cause::UpstreamReset); }

  // The try failed: counted by cause, and against the peer where it is the peer's fault (S-14) and not stale().
  void failed(Instant now, Cause cause);
  // A response came whose status proxy_next_upstream counts as a failure; not for 403 and 404 (S-14).
  void refused(Instant now);
  // A response head came.
  void succeeded();

  // The response is complete, the request was sent whole, both allow another: back to the pool. Leaves the lease empty.
  void reuse();
  // The stream, for a relay after an upgrade; the lease goes on counting as the peer's load until it ends, but no
  // longer as a request of the upstream. Outcomes are reported before.
  std::unique_ptr<Stream> takeStream();

 private:
  friend class Upstream;
  Lease(const Ref<PeerSet>& peers, size_t index);

  Ref<PeerSet> peers_;  // empty once the stream is taken: a relay may outlive many configurations
  size_t index_ = 0;
  bool reused_ = false;
  std::unique_ptr<PeerConnection> connection_;
  Ref<Peer> relayed_;  // the peer, once the stream is taken
};

}  // namespace weir
