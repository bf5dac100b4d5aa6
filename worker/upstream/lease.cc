// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/lease.h"

#include <utility>

namespace weir {

Lease::Lease(const Ref<PeerSet>& peers, size_t index) : peers_(peers), index_(index) {
  peers_->pool().leaseBegins();
  peer()->begin();
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  end();
  peers_ = std::move(other.peers_);
  index_ = other.index_;
  reused_ = other.reused_;
  connection_ = std::move(other.connection_);
  relayed_ = std::move(other.relayed_);
  return *this;
}

void Lease::end() {
  if (!*this) return;
  peer()->end();
  relayed_ = {};
  if (!peers_) return;
  ConnectionPool& pool = peers_->pool();
  if (connection_ != nullptr) pool.close(std::move(connection_));
  pool.leaseEnds();
  peers_ = {};
}

bool Lease::takeIdle(uint32_t transport) {
  Peer& from = *peer();
  connection_ = peers_->pool().take(from, transport);
  reused_ = connection_ != nullptr;
  if (reused_) from.metrics().countReused();
  return reused_;
}

void Lease::connected(std::unique_ptr<Stream> stream, uint32_t transport, Instant now) {
  connection_ = std::make_unique<PeerConnection>(peers_->pool().loop(), std::move(stream), transport, now);
  reused_ = false;
  peer()->metrics().countOpened();
}

void Lease::failed(Instant now, Cause cause) {
  if (hasStream()) {
    peer()->metrics().countResponseFailure(cause);
  } else {
    peer()->metrics().countConnectFailure(cause);
  }
  if (rowOf(cause).fault == Fault::Upstream && !stale(cause)) refused(now);
}

void Lease::refused(Instant now) {
  if (peers_) peers_->failed(index_, now);
}

void Lease::succeeded() {
  if (peers_) peers_->succeeded(index_);
}

void Lease::reuse() {
  peers_->pool().keep(*peer(), std::move(connection_));
  end();
}

std::unique_ptr<Stream> Lease::takeStream() {
  std::unique_ptr<Stream> stream = connection_->takeStream();
  stream->setListener(nullptr);
  connection_ = {};
  relayed_ = peer();
  peers_->pool().leaseEnds();
  peers_ = {};
  return stream;
}

}  // namespace weir
