// SPDX-License-Identifier: Apache-2.0
#pragma once
// ConnectionPool: the idle connections of one upstream in this worker (S-25). The most recently used is taken first; in
// excess of the limit the least recently used of all peers is closed. Anything that arrives on an idle connection
// closes it. Keeping and taking make no system call and allocate nothing. Belongs to an Upstream; leases and their
// PeerSets refer to it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "shared/base/clock.h"
#include "shared/base/ref.h"
#include "worker/upstream/peer_connection.h"

namespace weir {

// keepalive, keepalive_requests, keepalive_time, keepalive_timeout
struct PoolLimits {
  size_t idle = 0;  // over all peers; 0 keeps none
  uint32_t requests = 1000;
  Milliseconds age{3600000};
  Milliseconds timeout{60000};
};

class ConnectionPool final : public Counted {
 public:
  explicit ConnectionPool(EventLoop& loop) : loop_(loop) {}
  ~ConnectionPool() override { closeAll(); }

  // Closes what exceeds a lower limit.
  void setLimits(const PoolLimits& limits);
  size_t size() const { return idle_.size(); }
  EventLoop& loop() { return loop_; }

  // The most recently used connection to the peer with that transport; null when there is none.
  std::unique_ptr<PeerConnection> take(Peer& peer, uint32_t transport);
  // A request on it is complete. Keeps the connection for the next one, or closes it when a limit says so, the peer is
  // no longer listed, or something has arrived that nobody asked for.
  void keep(Peer& peer, std::unique_ptr<PeerConnection> connection);

  void close(std::unique_ptr<PeerConnection> connection);
  void closeIdle(Peer& peer);
  void closeAll();

  // Leases of the upstream: connections that serve now, or are being made.
  uint64_t leases() const { return leases_; }
  void leaseBegins() { ++leases_; }
  void leaseEnds() { --leases_; }

 private:
  friend class PeerConnection;

  bool worthKeeping(const Peer& peer, PeerConnection& connection, Instant now);
  std::unique_ptr<PeerConnection> remove(PeerConnection& connection);
  void closeIdle(PeerConnection& connection) { close(remove(connection)); }

  EventLoop& loop_;
  PoolLimits limits_;
  uint64_t leases_ = 0;
  std::vector<std::unique_ptr<PeerConnection>> idle_;  // owns them, in no order
  List<PeerConnection, ByAge> by_age_;                 // most recently used first
};

}  // namespace weir
