// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/tcp_session.h"

#include <chrono>
#include <utility>

#include "worker/event/loop.h"
#include "worker/stream/tcp_listener.h"

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

TcpSession::TcpSession(TcpListener& listener, std::unique_ptr<Stream> stream, const Address& client)
    : listener_(listener),
      runtime_(listener.runtime()),
      service_(&listener.service()),
      stream_(std::move(stream)),
      client_(client),
      started_(listener.services().loop.now()),
      connector_(listener.services().loop, *this) {}

EventLoop& TcpSession::loop() { return listener_.services().loop; }

void TcpSession::start() {
  upstream_ = service_->upstream();
  if (!upstream_) return end({Cause::NoLivePeer});
  peers_ = upstream_->peers();
  beginTry(nextLease());
}

Lease TcpSession::nextLease() { return upstream_->lease(peers_, {now(), tried_, {}}); }

void TcpSession::beginTry(Lease lease) {
  lease_ = std::move(lease);
  if (!lease_) return end({Cause::NoLivePeer});
  ++tries_;
  tried_.add(lease_.index());
  try_started_ = now();
  connector_.start(lease_.peer()->address(), service_->connectOptions());
}

void TcpSession::onConnected(std::unique_ptr<TcpStream> stream) {
  upstream_->metrics().connect_duration.observe(now() - try_started_);
  lease_.connected(std::move(stream), service_->transport(), now());
  lease_.succeeded();
  permit_ = {};
  relay();
}

void TcpSession::onConnectFailed(Failure failure) {
  lease_.failed(now(), failure.cause);
  if (!service_->settings().proxy_next_upstream || !retry(failure.cause)) end(failure);
}

// Begins another try where that is allowed; counts it, or why not (S-15, S-16).
bool TcpSession::retry(Cause cause) {
  auto elapsed = std::chrono::duration_cast<Milliseconds>(now() - started_);
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

void TcpSession::relay() {
  const StreamSettings& settings = service_->settings();
  RelayOptions options;
  options.idle_timeout = settings.proxy_timeout;
  options.half_close = settings.proxy_half_close;
  options.from_downstream = listener_.metrics().bytes_in;
  options.to_downstream = listener_.metrics().bytes_out;
  options.pipes = &listener_.services().pipes;
  options.downstream_rate = settings.proxy_upload_rate.bytes;
  options.upstream_rate = settings.proxy_download_rate.bytes;
  relay_ = std::make_unique<Relay>(loop(), listener_.services().buffers, *this, options);
  relay_->start({std::move(stream_), {}}, {lease_.takeStream(), {}});
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
  connector_.cancel();
  lease_.end();
  StreamMetrics::Ended ended;
  if (upstream_) ended.upstream = upstream_->name();
  ended.cause = failure.cause;
  ended.duration = now() - started_;
  ended.received = relay_ ? relay_->bytesFrom(RelaySide::Downstream) : 0;
  ended.sent = relay_ ? relay_->bytesFrom(RelaySide::Upstream) : 0;
  listener_.streamMetrics().ended(ended);
  listener_.remove(*this);
}

}  // namespace weir
