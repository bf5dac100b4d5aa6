// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tls_client_handshake.h"

#include <utility>

#include "shared/base/log.h"
#include "worker/tls/tls_environment.h"

namespace weir {

TlsClientHandshake::TlsClientHandshake(const TlsClientSetup& setup, std::unique_ptr<TcpStream> tcp, const Peer& peer,
                                       Instant due, Owner& owner)
    : setup_(setup),
      owner_(owner),
      peer_(std::string(peer.address).append(" as ").append(peer.name)),
      stream_(std::make_unique<TlsStream>(*setup.environment, std::move(tcp), setup.context, peer.name, peer_)),
      limit_(setup.environment->loop(), *this) {
  stream_->setListener(this);
  limit_.arm(due);
  setup_.environment->turns().enqueue(*this);
}

void TlsClientHandshake::onReady() { setup_.environment->turns().enqueue(*this); }

void TlsClientHandshake::onDeadline(Deadline&) {
  WEIR_LOG(Error, "TLS to {}: no handshake in time", peer_);
  fail(Cause::ConnectTimeout);
}

void TlsClientHandshake::takeTurn() {
  switch (stream_->shakeHands()) {
    case TlsStream::Handshake::Blocked:
      return;
    case TlsStream::Handshake::Done:
      limit_.disarm();
      stream_->setListener(nullptr);
      return owner_.onHandshaken(std::move(stream_));
    case TlsStream::Handshake::Failed:
      break;
  }
  HandshakeFault fault = stream_->fault();
  WEIR_LOG(Error, "TLS to {}: {}: {}", peer_, nameOf(fault), stream_->faultText());
  fail(fault == HandshakeFault::Certificate ? Cause::UpstreamCertificate : Cause::UpstreamHandshake);
}

void TlsClientHandshake::fail(Cause cause) {
  limit_.disarm();
  unlink();
  stream_->setListener(nullptr);
  owner_.onHandshakeFailed({cause});
}

}  // namespace weir
