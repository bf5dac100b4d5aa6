// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/lease.h"

#include <utility>

#include "worker/upstream/upstream.h"

namespace weir {

Lease::Lease() = default;
Lease::Lease(Lease&& other) noexcept = default;
Lease::~Lease() { end(); }

Lease::Lease(Upstream& upstream, const Ref<PeerSet>& peers, size_t index)
    : upstream_(&upstream), peers_(peers), peer_((*peers)[index].peer), index_(index) {
  peer_->begin();
  ++upstream_->active_;
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  end();
  upstream_ = std::move(other.upstream_);
  peers_ = std::move(other.peers_);
  peer_ = std::move(other.peer_);
  index_ = other.index_;
  reused_ = other.reused_;
  connection_ = std::move(other.connection_);
  return *this;
}

void Lease::end() {
  if (!peer_) return;
  if (connection_ != nullptr) upstream_->pool().close(std::move(connection_));
  peer_->end();
  --upstream_->active_;
  peer_ = {};
  peers_ = {};
  upstream_ = {};
}

bool Lease::takeIdle(uint32_t transport) {
  connection_ = upstream_->pool().take(*peer_, transport);
  reused_ = connection_ != nullptr;
  if (reused_) peer_->metrics().countReused();
  return reused_;
}

void Lease::connected(std::unique_ptr<Stream> stream, uint32_t transport, Instant now) {
  connection_ = std::make_unique<PeerConnection>(upstream_->loop(), std::move(stream), transport, now);
  reused_ = false;
  peer_->metrics().countOpened();
}

void Lease::failed(Instant now, Cause cause) {
  if (hasStream()) {
    peer_->metrics().countResponseFailure(cause);
  } else {
    peer_->metrics().countConnectFailure(cause);
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
  upstream_->pool().keep(*peer_, std::move(connection_));
  end();
}

std::unique_ptr<Stream> Lease::takeStream() {
  std::unique_ptr<Stream> stream = connection_->takeStream();
  stream->setListener(nullptr);
  connection_ = {};
  // A relay may outlive many configurations; the peers of this one are not its business.
  peers_ = {};
  return stream;
}

}  // namespace weir
