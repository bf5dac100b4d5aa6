// SPDX-License-Identifier: Apache-2.0
// What is read before a peer is chosen is in tcp_preface.cc.
#include "worker/stream/tcp_session.h"

#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "worker/codec/proxy_protocol.h"
#include "worker/event/loop.h"
#include "worker/stream/tcp_listener.h"
#include "worker/tls/client_certificate.h"

namespace weir {
namespace {

Failure failureOf(RelayEnd how) {
  switch (how.why) {
    case RelayEnd::Why::Complete:
      return {};
    case RelayEnd::Why::IdleTimeout:
      return {Cause::SessionIdle};
    case RelayEnd::Why::Failed:
      return {how.who == RelaySide::Downstream ? Cause::ClientAborted : Cause::UpstreamReset, how.os_error};
    case RelayEnd::Why::OutOfMemory:
      return {Cause::OutOfMemory};
    case RelayEnd::Why::Closed:
      return {Cause::ShuttingDown};
  }
  return {};
}

}  // namespace

TcpSession::TcpSession(TcpListener& listener, std::unique_ptr<Stream> stream, const Client& client,
                       const TlsStream* tls)
    : listener_(listener),
      runtime_(listener.runtime()),
      service_(&listener.service()),
      record_(listener.services().loop),
      stream_(std::move(stream)),
      wait_(record_.loop, *this),
      connector_(record_.loop, *this) {
  record_.client = record_.connected = client.address;
  if (client.proxied) {
    record_.client = client.proxied->source;
    record_.proxied_to = client.proxied->destination;
  }
  record_.tls = tls;
  record_.local = listener.address();
  record_.number = listener.services().connections.number();
  if (record_.local.isWildcard() && service_->needsLocalAddress()) record_.local = Address::local(stream_->fd());
}

void TcpSession::start() {
  Cause refused = record_.tls == nullptr ? Cause::None : whyNotAdmitted(*record_.tls);
  if (refused != Cause::None) return end({refused});
  takePlace();
}

// Who it is is known: what limits it is looked at before anything is waited for.
void TcpSession::takePlace() {
  if (!service_->takePlace(record_)) {
    stats::add(listener_.metrics().rejected_limit);
    return end({Cause::TooManyConnections});
  }
  if (service_->settings().ssl_preread) return awaitHello();
  choosePeer();
}

void TcpSession::choosePeer() {
  state_ = State::Peer;
  if (service_->answers()) return answer();
  stream_->setListener(this);
  watchClient();
  upstream_ = service_->upstreamFor(record_);
  if (!upstream_) return end({Cause::NoLivePeer});
  record_.upstream = upstream_->name();
  upstream_->requestBegins();
  peers_ = upstream_->peers();
  beginTry(nextLease());
}

Lease TcpSession::nextLease() {
  std::string scratch;
  return upstream_->lease(peers_, {now(), tried_, service_->hashKey(record_, scratch)});
}

void TcpSession::beginTry(Lease lease) {
  lease_ = std::move(lease);
  if (!lease_) return end({Cause::NoLivePeer});
  ++tries_;
  tried_.add(lease_.index());
  record_.attempts.push_back({lease_.peer(), now()});
  connector_.start(lease_.peer()->address(), service_->connectOptions());
}

void TcpSession::onConnected(std::unique_ptr<TcpStream> stream) {
  const TlsClientSetup& tls = service_->peerTls();
  if (!tls) return streamIsThere(std::move(stream));
  TlsClientHandshake::Peer peer{lease_.peer()->name(), service_->peerTlsName(*upstream_)};
  Instant due = record_.attempts.back().begun + service_->connectOptions().timeout;
  handshake_ = std::make_unique<TlsClientHandshake>(tls, std::move(stream), peer, due, *this);
}

void TcpSession::onHandshaken(std::unique_ptr<TlsStream> stream) {
  loop().retire(std::move(handshake_));
  streamIsThere(std::move(stream));
}

void TcpSession::onHandshakeFailed(Failure failure) {
  loop().retire(std::move(handshake_));
  onConnectFailed(failure);
}

void TcpSession::streamIsThere(std::unique_ptr<Stream> stream) {
  SessionAttempt& attempt = record_.attempts.back();
  attempt.connected = now();
  upstream_->metrics().connect_duration.observe(attempt.connected - attempt.begun);
  lease_.connected(std::move(stream), service_->transport(), now());
  lease_.succeeded();
  permit_ = {};
  wait_.disarm();
  relay();
}

void TcpSession::onConnectFailed(Failure failure) {
  lease_.failed(now(), failure.cause);
  if (!service_->settings().proxy_next_upstream || !retry(failure.cause)) end(failure);
}

// Begins another try where that is allowed; counts it, or why not (S-15, S-16).
bool TcpSession::retry(Cause cause) {
  auto elapsed = std::chrono::duration_cast<Milliseconds>(now() - record_.attempts.front().begun);
  auto denied = service_->tryLimits().deny(tries_, elapsed);
  RetryPermit permit = denied ? RetryPermit() : upstream_->retryPermit();
  if (!denied && !permit) denied = RetryDenial::Budget;
  Lease next = denied ? Lease() : nextLease();
  if (!denied && !next) denied = RetryDenial::Tries;
  if (denied) return upstream_->metrics().countDenied(*denied), false;
  permit_ = std::move(permit);
  upstream_->metrics().countRetry(cause);
  beginTry(std::move(next));
  return true;
}

// A PROXY header, and what was read of the client before.
Buffer TcpSession::owedToPeer() {
  ProxyProtocol version = service_->settings().proxy_protocol;
  if (version == ProxyProtocol::Off) return std::move(in_);
  std::array<char, kWrittenProxyHeader> room;
  const Address& to = record_.proxied_to.family() == AF_UNSPEC ? record_.local : record_.proxied_to;
  header_size_ = version == ProxyProtocol::V1 ? writeProxyHeaderV1(record_.client, to, room)
                                              : writeProxyHeaderV2(record_.client, to, ProxyTransport::Stream, room);
  Buffer owed = listener_.services().buffers.take(header_size_ + (in_ ? in_.size() : 0));
  if (!owed) return owed;
  owed.append({room.data(), header_size_});
  if (in_) owed.append(in_.data());
  in_.release();
  return owed;
}

void TcpSession::relay() {
  const StreamSettings& settings = service_->settings();
  RelayOptions options;
  options.idle_timeout = options.unacknowledged = settings.proxy_timeout;
  options.half_close = settings.proxy_half_close;
  options.from_downstream = listener_.metrics().bytes_in;
  options.to_downstream = listener_.metrics().bytes_out;
  options.pipes = &listener_.services().pipes;
  options.downstream_rate = settings.proxy_upload_rate.bytes;
  options.upstream_rate = settings.proxy_download_rate.bytes;
  Buffer owed = owedToPeer();
  if (header_size_ > 0 && !owed) return end({Cause::OutOfMemory});
  state_ = State::Relayed;
  relay_ = std::make_unique<Relay>(loop(), listener_.services().buffers, *this, options);
  relay_->start({std::move(stream_), std::move(owed)}, {lease_.takeStream(), {}});
  upstream_ = {};
  peers_ = {};
}

void TcpSession::onRelayEnded(Relay&, RelayEnd how) { end(failureOf(how)); }

void TcpSession::releaseRuntime() {
  if (!relay_) return;
  runtime_ = listener_.runtime();
  service_ = &listener_.service();
}

void TcpSession::close() {
  if (relay_) return relay_->end();
  end({Cause::ShuttingDown});
}

void TcpSession::end(Failure failure) {
  if (std::exchange(state_, State::Over) == State::Over) return;
  if (stream_) stream_->setListener(nullptr);
  connector_.cancel();
  wait_.disarm();
  if (handshake_) loop().retire(std::move(handshake_));
  lease_.end();
  record_.cause = failure.cause;
  if (relay_) {
    record_.upstream_sent = relay_->bytesFrom(RelaySide::Downstream);
    record_.received = record_.upstream_sent - std::min<uint64_t>(record_.upstream_sent, header_size_);
    record_.sent = record_.upstream_received = relay_->bytesFrom(RelaySide::Upstream);
  }
  service_->log(record_);
  listener_.streamMetrics().ended(record_);
  listener_.remove(*this);
}

}  // namespace weir
