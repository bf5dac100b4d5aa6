// SPDX-License-Identifier: Apache-2.0
// Tries and the request half; the response half is in proxy_response.cc.
#include "worker/http/handlers/proxy_answer.h"

#include <utility>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/handlers/reverse_proxy.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {
namespace {

constexpr int kPiecesPerStep = 16;  // reads of one direction before others have their turn

}  // namespace

ProxyAnswer::ProxyAnswer(const ReverseProxy& proxy, Exchange& exchange)
    : proxy_(proxy),
      exchange_(exchange),
      connector_(exchange.loop(), *this),
      read_deadline_(exchange.readDeadline()),
      send_deadline_(exchange.sendDeadline()),
      started_(exchange.loop().now()) {
  read_deadline_.setOwner(*this);
  send_deadline_.setOwner(*this);
}

void ProxyAnswer::cancel() {
  response_ = ResponseState::Over;
  request_ = RequestState::Sent;
  endTry();
}

Instant ProxyAnswer::now() const { return exchange_.loop().now(); }

UpstreamAttempt& ProxyAnswer::attempt() { return exchange_.attempts().back(); }

void ProxyAnswer::start() {
  proxy_.pass().evaluate(exchange_);
  upstream_ = proxy_.pass().upstream(exchange_);
  if (!upstream_) return over({Cause::NoLivePeer});
  upstream_->requestBegins();
  peers_ = upstream_->peers();
  tls_ = proxy_.tlsFor(exchange_);
  beginTry(nextLease());
}

Lease ProxyAnswer::nextLease() {
  std::string scratch;
  return upstream_->lease(peers_, {now(), tried_, proxy_.pass().hashKey(exchange_, scratch)});
}

void ProxyAnswer::beginTry(Lease lease) {
  lease_ = std::move(lease);
  UpstreamAttempt begun;
  begun.upstream = upstream_->name();
  begun.started = now();
  exchange_.attempts().push_back(std::move(begun));
  if (!lease_) return over({Cause::NoLivePeer});
  ++tries_;
  tried_.add(lease_.index());
  attempt().peer = lease_.peer();
  request_ = RequestState::Connection;
  response_ = ResponseState::Head;
  // After a stale connection a fresh one: the pool may hold more of that kind.
  if (!stale_ && lease_.takeIdle(proxy_.transport(tls_))) return begin(true);
  // A flood of requests that were reset already shall not become one of connections, which the peer would have to take.
  if (!proxy_.http().proxy_ignore_client_abort && exchange_.downstream().clientReset())
    return over({Cause::ClientAborted});
  connector_.start(lease_.peer()->address(), proxy_.connectOptions());
}

// The stream is there: the head is staged, the rest is up to step().
void ProxyAnswer::begin(bool reused) {
  attempt().reused = reused;
  attempt().connected = now();
  peer().setListener(this);
  std::string_view head = proxy_.request().write(exchange_, proxy_.pass());
  std::span<char> room = writer_.room(proxy_.services().buffers, head.size());
  if (head.empty() || room.size() < head.size()) return over({Cause::OutOfMemory});
  head.copy(room.data(), head.size());
  writer_.staged(head.size());
  writer_.resetCount();
  writer_.beginBody(exchange_.bodyFraming());
  parser_->reset({.max_head = static_cast<uint32_t>(proxy_.http().proxy_buffer_size.bytes)},
                 proxy_.methodOf(exchange_));
  request_ = RequestState::Body;
  ask_again_ = false;
  begun_ = true;
}

void ProxyAnswer::onConnected(std::unique_ptr<TcpStream> stream) {
  if (tls_ == nullptr) return streamIsThere(std::move(stream));
  TlsClientHandshake::Peer peer{lease_.peer()->name(), proxy_.tlsName(*upstream_)};
  Instant due = attempt().started + proxy_.connectOptions().timeout;
  handshake_ = std::make_unique<TlsClientHandshake>(*tls_, std::move(stream), peer, due, *this);
}

void ProxyAnswer::onHandshaken(std::unique_ptr<TlsStream> stream) {
  exchange_.loop().retire(std::move(handshake_));
  streamIsThere(std::move(stream));
}

void ProxyAnswer::onHandshakeFailed(Failure failure) {
  exchange_.loop().retire(std::move(handshake_));
  onConnectFailed(failure);
}

void ProxyAnswer::streamIsThere(std::unique_ptr<Stream> stream) {
  upstream_->metrics().connect_duration.observe(now() - attempt().started);
  lease_.connected(std::move(stream), proxy_.transport(tls_), now());
  begin(false);
  exchange_.downstream().wake();
}

void ProxyAnswer::onConnectFailed(Failure failure) {
  tryFailed(failure);
  exchange_.downstream().wake();
}

void ProxyAnswer::onReady() { exchange_.downstream().wake(); }

void ProxyAnswer::onDeadline(Deadline& deadline) {
  Cause cause = &deadline == &send_deadline_ ? Cause::UpstreamSendTimeout : Cause::UpstreamReadTimeout;
  tryFailed({cause});
  exchange_.downstream().wake();
}

void ProxyAnswer::tryFailed(Failure failure) {
  // S-14: what goes wrong after the head says nothing about the peer's health.
  if (exchange_.headSent()) {
    lease_.peer()->metrics().countResponseFailure(failure.cause);
    return over(failure);
  }
  lease_.failed(now(), failure.cause);
  if (attempt().status == 0) attempt().status = failure.row().status;
  stale_ = lease_.stale(failure.cause);
  bool retriable = stale_ || isRetriable(proxy_.http().proxy_next_upstream, failure.cause);
  if (!retriable || !retry(failure.cause, 0)) over(failure);
}

// Begins another try where that is allowed; counts it, or why not.
bool ProxyAnswer::retry(Cause cause, uint16_t status) {
  TryState state{.tries = tries_,
                 .stale = stale_,
                 .request_sent = writer_.sent() > 0,
                 .body_consumed = exchange_.bodyConsumed(),
                 .method = proxy_.methodOf(exchange_),
                 .elapsed = std::chrono::duration_cast<Milliseconds>(now() - started_)};
  if (auto denied = whyNotRetry(proxy_.http(), state)) {
    upstream_->metrics().countDenied(*denied);
    return false;
  }
  RetryPermit permit = upstream_->retryPermit();
  if (!permit) {
    upstream_->metrics().countDenied(RetryDenial::Budget);
    return false;
  }
  // A stale connection says nothing about its peer, which may be the only one.
  if (stale_) tried_.remove(lease_.index());
  Lease next = nextLease();
  if (!next) {
    upstream_->metrics().countDenied(RetryDenial::Tries);
    return false;
  }
  permit_ = std::move(permit);
  upstream_->metrics().countRetry(cause);
  if (status != 0 && isPeersFault(status)) lease_.refused(now());
  endTry();
  beginTry(std::move(next));
  return true;
}

void ProxyAnswer::endTry() {
  connector_.cancel();
  if (handshake_) exchange_.loop().retire(std::move(handshake_));
  if (!exchange_.attempts().empty() && attempt().bytes_sent == 0) attempt().bytes_sent = writer_.sent();
  read_deadline_.disarm();
  send_deadline_.disarm();
  writer_.abandon();
  if (!exchange_.attempts().empty() && attempt().ended == kNever) attempt().ended = now();
  if (lease_ && lease_.hasStream()) lease_.stream().setListener(nullptr);
  lease_.end();
  exchange_.setUpstreamHead(nullptr, nullptr);
  buffer_.release();
  request_pipe_.release();
  response_pipe_.release();
}

void ProxyAnswer::over(Failure failure) {
  if (response_ == ResponseState::Over) return;
  response_ = ResponseState::Over;
  request_ = RequestState::Sent;
  endTry();
  exchange_.fail(failure);
}

void ProxyAnswer::step() {
  if (response_ == ResponseState::Over) return;
  if (exchange_.downstream().clientGone() && !proxy_.http().proxy_ignore_client_abort)
    return over({Cause::ClientAborted});
  do {
    begun_ = false;
    stepRequest();
    stepResponse();
  } while (begun_);  // on a pooled connection, by a retry: its request is to be sent at once
}

void ProxyAnswer::stepRequest() {
  for (int i = 0; i < kPiecesPerStep; ++i) {
    if (request_ != RequestState::Body || sendRequest() == Progress::Blocked) return;
  }
  exchange_.postStep();
}

ProxyAnswer::Progress ProxyAnswer::sendRequest() {
  if (request_pipe_.holds() || mayPipeRequest()) return pipeRequest();
  if (!exchange_.bodyEnded()) return pullRequest();
  return requestWritten(writer_.write(peer(), proxy_.services().buffers, {}, true), 0);
}

ProxyAnswer::Progress ProxyAnswer::pullRequest() {
  BodyReader::Pull pull = exchange_.downstream().pullBody();
  switch (pull.status) {
    case BodyReader::Status::Data: {
      IoResult result = writer_.write(peer(), proxy_.services().buffers, pull.bytes, pull.last);
      exchange_.downstream().consumeBody(result.bytes);
      return requestWritten(result, pull.bytes.size());
    }
    case BodyReader::Status::Blocked: {
      // The peer may look at the head while the body is on its way.
      IoResult flushed = writer_.flush(peer());
      requestWritten(flushed, 0);
      return Progress::Blocked;
    }
    case BodyReader::Status::End:
      return Progress::More;  // bodyEnded() is true now
    default:
      requestSourceFailed(pull.status, pull.os_error);
      return Progress::Blocked;
  }
}

bool ProxyAnswer::mayPipeRequest() {
  if (exchange_.bodyEnded() || exchange_.downstream().pipableBody() < BodyPipe::kWorthwhile) return false;
  return writer_.isTransparent() && peer().splices() && request_pipe_.open(proxy_.services().pipes);
}

ProxyAnswer::Progress ProxyAnswer::pipeRequest() {
  if (!request_pipe_.holds()) {
    IoResult got = exchange_.downstream().pullBodyInto(request_pipe_);
    if (got.status == IoStatus::Blocked) return request_pipe_.release(), Progress::Blocked;
    if (got.status != IoStatus::Ok) return over({Cause::ClientAborted, got.os_error}), Progress::Blocked;
  }
  size_t held = request_pipe_.pipe().size();
  IoResult result = writer_.writeFrom(peer(), {}, request_pipe_.pipe(), exchange_.bodyEnded());
  if (!request_pipe_.holds()) request_pipe_.release();
  return requestWritten(result, held);
}

ProxyAnswer::Progress ProxyAnswer::requestWritten(IoResult result, size_t offered) {
  if (result.status == IoStatus::Failed) {
    // The peer takes no more; it may have said why, which reading will show.
    request_ = RequestState::Sent;
    read_deadline_.armIn(proxy_.http().proxy_read_timeout);
    return Progress::Blocked;
  }
  if (writer_.finished() && exchange_.bodyEnded()) {
    request_ = RequestState::Sent;
    send_deadline_.disarm();
    read_deadline_.armIn(proxy_.http().proxy_read_timeout);
    return Progress::Blocked;
  }
  if (result.bytes == offered && !writer_.hasStaged()) {
    send_deadline_.disarm();
    return Progress::More;
  }
  if (result.bytes > 0 || !send_deadline_.armed()) send_deadline_.armIn(proxy_.http().proxy_send_timeout);
  return Progress::Blocked;
}

void ProxyAnswer::requestSourceFailed(BodyReader::Status status, int os_error) {
  if (status == BodyReader::Status::Malformed) return over({Cause::BadChunk});
  if (status == BodyReader::Status::TooLarge) return over({Cause::BodyTooLarge});
  over({Cause::ClientAborted, os_error});
}

}  // namespace weir
