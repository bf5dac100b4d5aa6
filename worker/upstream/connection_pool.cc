// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/connection_pool.h"

#include <utility>

#include "worker/upstream/peer.h"

namespace weir {

using AgeNode = ListNode<PeerConnection, ByAge>;
using PeerNode = ListNode<PeerConnection, ByPeer>;

void ConnectionPool::setLimits(const PoolLimits& limits) {
  limits_ = limits;
  while (idle_.size() > limits_.idle) closeIdle(by_age_.back());
}

std::unique_ptr<PeerConnection> ConnectionPool::take(Peer& peer, uint32_t transport) {
  PeerConnection* found = peer.idle_.find([&](PeerConnection& connection) {
    if (connection.transport_ != transport) return false;
    if (connection.quiet()) return true;
    closeIdle(connection);
    return false;
  });
  return found == nullptr ? nullptr : remove(*found);
}

void ConnectionPool::keep(Peer& peer, std::unique_ptr<PeerConnection> connection) {
  const Instant now = loop_.now();
  ++connection->requests_;
  if (!worthKeeping(peer, *connection, now)) return close(std::move(connection));
  if (idle_.size() >= limits_.idle) closeIdle(by_age_.back());
  PeerConnection& idle = *connection;
  idle.pool_ = this;
  idle.peer_ = &peer;
  idle.position_ = idle_.size();
  idle.stream_->setListener(&idle);
  idle.idle_end_.arm(now + limits_.timeout);
  peer.idle_.pushFront(idle);
  by_age_.pushFront(idle);
  idle_.push_back(std::move(connection));
  peer.metrics().idle.add(1);
}

bool ConnectionPool::worthKeeping(const Peer& peer, PeerConnection& connection, Instant now) {
  if (limits_.idle == 0 || !peer.listed() || connection.requests_ >= limits_.requests) return false;
  return now - connection.created_ < limits_.age && connection.quiet();
}

std::unique_ptr<PeerConnection> ConnectionPool::remove(PeerConnection& connection) {
  connection.stream_->setListener(nullptr);
  connection.idle_end_.disarm();
  connection.PeerNode::unlink();
  connection.AgeNode::unlink();
  connection.peer_->metrics().idle.add(-1);
  const size_t position = connection.position_;
  std::unique_ptr<PeerConnection> removed = std::move(idle_.back());
  idle_.pop_back();
  if (removed.get() == &connection) return removed;
  // The last one takes the place that became free.
  removed->position_ = position;
  std::swap(removed, idle_[position]);
  return removed;
}

void ConnectionPool::close(std::unique_ptr<PeerConnection> connection) {
  if (connection->stream_ != nullptr) connection->stream_->setListener(nullptr);
  loop_.retire(std::move(connection));
}

void ConnectionPool::closeIdle(Peer& peer) {
  while (!peer.idle_.empty()) closeIdle(peer.idle_.front());
}

void ConnectionPool::closeAll() {
  while (!idle_.empty()) closeIdle(*idle_.back());
}

}  // namespace weir
