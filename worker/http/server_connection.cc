// SPDX-License-Identifier: Apache-2.0
// The connection's life: reading heads, ending exchanges, lingering. How an exchange is carried (the Downstream half)
// is in server_carriage.cc.
#include "worker/http/server_connection.h"

#include <algorithm>
#include <utility>

#include "worker/http/active_request.h"
#include "worker/http/http_listener.h"
#include "worker/http/route.h"

namespace weir {
namespace {

constexpr int kStepsPerTurn = 32;      // of one connection, so that pipelining does not starve the others
constexpr size_t kBodyBuffer = 16384;  // request body bytes held at most; more is left with the kernel
constexpr size_t kLargeBody = 65536;   // from this announced size on, a large buffer saves system calls
// The client was promised another request before the worker knew that it ends (S-7).
constexpr Milliseconds kDrainGrace{1000};
constexpr Milliseconds kWatchAfter{100};
constexpr size_t kLingerBudget = 262144;  // bytes thrown away per turn

RequestLimits limitsOf(const HttpSettings& http) {
  RequestLimits limits;
  auto line = static_cast<uint32_t>(http.large_client_header_buffers.size.bytes);
  limits.max_request_line = limits.max_field_line = line;
  limits.max_head =
      static_cast<uint32_t>(http.client_header_buffer_size.bytes) + line * http.large_client_header_buffers.number;
  limits.max_fields = http.max_headers;
  limits.underscores_in_headers = http.underscores_in_headers;
  return limits;
}

}  // namespace

ServerConnection::ServerConnection(HttpListener& listener, std::unique_ptr<Stream> stream, Client client)
    : listener_(listener),
      stream_(std::move(stream)),
      deadline_(listener.environment().loop(), *this),
      opened_(listener.environment().loop().now()),
      client_(std::move(client)),
      number_(listener.environment().nextConnectionNumber()) {
  stream_->setListener(this);
  unseen_ = !stream_->watched();
  waitFor(http().client_header_timeout);
}

ServerConnection::~ServerConnection() = default;

void ServerConnection::beginSecured(const TlsStream& tls) {
  tls_ = &tls;
  pump();
}

void ServerConnection::beginMisplaced(Buffer bytes) {
  misplaced_ = true;
  in_ = std::move(bytes);
  pump();
}

const HttpSettings& ServerConnection::http() const { return listener_.routes().defaultServer().http(); }

const HttpSettings& ServerConnection::settings() const {
  const Route* route = active_ ? active_->exchange.route() : nullptr;
  return route != nullptr ? route->http() : http();
}

// The first event of a stream that was not watched tells of an end that may have come with the request.
void ServerConnection::onReady() {
  if (std::exchange(unseen_, false) && active_) active_->half_closed = stream_->hangup();
  pump();
}

void ServerConnection::pump() {
  // Whoever is being stepped may wake us: the loop below comes round to it anyway.
  if (pumping_) return;
  pumping_ = true;
  Progress progress = Progress::More;
  // Never stop between requests: only an active one can be posted.
  for (int i = 0; progress == Progress::More && (i < kStepsPerTurn || betweenRequests()); ++i) progress = step();
  pumping_ = false;
  if (progress == Progress::Blocked) return;
  // Whoever sends that much to be thrown away has had its time.
  active_ ? active_->exchange.postStep() : close();
}

ServerConnection::Progress ServerConnection::step() {
  switch (state_) {
    case State::Request:
      return readRequest();
    case State::Exchange:
      return stepExchange();
    case State::Lingering:
      return linger();
    case State::Relaying:
    case State::Ended:
      return Progress::Blocked;
  }
  return Progress::Blocked;
}

ServerConnection::Progress ServerConnection::readRequest() {
  if (isEmpty(in_)) return receiveHead();
  if (!active_) beginRequest();
  switch (active_->exchange.parser.parse(in_.data())) {
    case ParseStatus::Done:
      startExchange();
      return Progress::More;
    case ParseStatus::Failed:
      countParseError(listener_.environment().services().segment, active_->exchange.parser.failure());
      refuse({active_->exchange.parser.failure()});
      return Progress::More;
    case ParseStatus::NeedMore:
      return receiveHead();
  }
  return Progress::Blocked;
}

ServerConnection::Progress ServerConnection::receiveHead() {
  if (!stream_->readable()) return awaitMore();
  if (!in_) in_ = listener_.environment().buffers().take(BufferPool::kSmall);
  if (in_ && in_.space().empty()) return growHead();
  if (!in_) return close(), Progress::Blocked;
  IoResult got = stream_->recv(in_.space());
  if (got.status == IoStatus::Blocked) return awaitMore();
  if (got.status != IoStatus::Ok) return headClosed();
  stats::add(listener_.metrics().bytes_in, static_cast<int64_t>(got.bytes));
  in_.produced(got.bytes);
  return Progress::More;
}

// The head is larger than the block it began in; offsets survive the move. The parser's limits end this.
ServerConnection::Progress ServerConnection::growHead() {
  Buffer larger = listener_.environment().buffers().take(in_.capacity() * 2);
  if (!larger) return close(), Progress::Blocked;
  larger.append(in_.data());
  in_ = std::move(larger);
  return Progress::More;
}

ServerConnection::Progress ServerConnection::awaitMore() {
  stream_->watch();
  if (isEmpty(in_)) in_.release();
  return Progress::Blocked;
}

ServerConnection::Progress ServerConnection::headClosed() {
  if (!active_) return close(), Progress::Blocked;
  refuse({Cause::ClientAborted});
  return Progress::More;
}

void ServerConnection::beginRequest() {
  active_ = listener_.environment().takeRequest();
  active_->owner = this;
  active_->keep_alive = false;
  active_->continue_due = false;
  active_->half_closed = false;
  active_->was_reset = false;
  active_->pipelined = state_ == State::Request && requests_ > 0 && !isEmpty(in_) && !deadline_.armed();
  active_->writer.resetCount();
  active_->head_size = 0;
  active_->reader.begin(BodyFraming::None, 0);
  active_->exchange.parser.reset(limitsOf(http()));
  active_->exchange.begin(*this, listener_.environment().loop().now());
  ++requests_;
  // One time for the whole head, however it trickles in.
  waitFor(http().client_header_timeout);
}

void ServerConnection::startExchange() {
  deadline_.disarm();
  const RequestHead& head = active_->exchange.request();
  const char* base = in_.data().data();
  in_.consumed(head.size);
  active_->continue_due = head.expect_continue;
  active_->half_closed = stream_->hangup();
  active_->reader.begin(head.framing, head.content_length);
  if (head.framing != BodyFraming::None) takeBodyBuffer();
  watchUnlessShort();
  state_ = State::Exchange;
  active_->exchange.dispatch(base, listener_.runtime(), listener_.routes());
  if (active_->exchange.route() != nullptr)
    active_->reader.setLimit(active_->exchange.route()->http().client_max_body_size.bytes);
}

// A client that asks once and leaves has its answer before there is anything to wait for, most times. Whether it leaves
// earlier than that is looked at after a while only.
void ServerConnection::watchUnlessShort() {
  if (stream_->watched()) return;
  const RequestHead& head = active_->exchange.request();
  if (head.framing != BodyFraming::None) return stream_->watch();
  if (!head.keep_alive) return waitFor(kWatchAfter);
  // An end that is there came with the request; the next one is that of a client that left.
  IoStatus behind = receiveAhead().status;
  active_->half_closed = behind == IoStatus::Closed;
  active_->was_reset = behind == IoStatus::Failed;
  unseen_ = false;
  stream_->watch();
}

// The head stays where it is; body bytes that came with it go where the rest will be read to.
void ServerConnection::takeBodyBuffer() {
  size_t size = active_->exchange.request().content_length >= kLargeBody ? kLargeBody : kBodyBuffer;
  active_->body = listener_.environment().buffers().take(std::max(size, in_.size()));
  if (!active_->body) return;
  active_->body.append(in_.data());
  in_.drop();
}

void ServerConnection::refuse(Failure failure) {
  deadline_.disarm();
  // Where the next request would begin is in doubt: what is unread stays unread, and the connection closes.
  active_->reader.begin(BodyFraming::UntilClose, 0);
  state_ = State::Exchange;
  std::string_view received = in_ ? in_.data() : std::string_view();
  active_->exchange.refuse(received, listener_.runtime(), listener_.routes(), failure);
}

ServerConnection::Progress ServerConnection::stepExchange() {
  Exchange& exchange = active_->exchange;
  exchange.step();
  if (exchange.aborted()) {
    countFailure(listener_.environment().services().segment, exchange.failure(), exchange.headSent());
    close();
    return Progress::Blocked;
  }
  return exchange.finished() ? endExchange() : Progress::Blocked;
}

ServerConnection::Progress ServerConnection::endExchange() {
  Exchange& exchange = active_->exchange;
  if (exchange.failure()) countFailure(listener_.environment().services().segment, exchange.failure(), false);
  stats::add(listener_.metrics().bytes_out, static_cast<int64_t>(active_->writer.sent()));
  if (relay_) {
    // Its exchange goes on until the relay ends, for the log.
    state_ = State::Relaying;
    return Progress::Blocked;
  }
  bool keep_alive = active_->keep_alive && active_->reader.ended();
  // Of an early request the rest of the handshake, which a reset would cross, is still on its way.
  bool early = tls_ != nullptr && tls_->early();
  const HttpSettings& of_route = settings();
  const LingeringClose lingers = of_route.lingering_close;
  const Milliseconds keepalive_timeout = of_route.keepalive_timeout.timeout, lingers_for = of_route.lingering_time;
  lingering_timeout_ = std::min(of_route.lingering_timeout, Milliseconds(UINT32_MAX));
  bool unread = !active_->reader.ended() || early || lingers == LingeringClose::Always;
  const bool end_is_due = active_->writer.endIsDue();
  exchange.end();
  stats::add(listener_.metrics().bytes_in, static_cast<int64_t>(active_->reader.raw()));
  keepPipelined();
  active_->send_deadline.disarm();
  listener_.environment().giveRequest(std::move(active_));
  if (keep_alive) return nextRequest(keepalive_timeout);
  // What a client sends after its last request, believing that there may be another, must not reset the answer.
  unread = unread || !isEmpty(in_) || stream_->readable();
  if (unread && lingers != LingeringClose::Off) return beginLingering(lingers_for);
  if (end_is_due) stream_->closeNow();
  close();
  return Progress::Blocked;
}

ServerConnection::Progress ServerConnection::nextRequest(Milliseconds keepalive_timeout) {
  state_ = State::Request;
  if (isEmpty(in_)) {
    in_.release();
    waitFor(draining_ ? kDrainGrace : keepalive_timeout);
  } else {
    in_.compact();
    deadline_.disarm();
  }
  return Progress::More;
}

// What was read behind a body belongs to the next request.
void ServerConnection::keepPipelined() {
  if (!isEmpty(active_->body)) in_ = std::move(active_->body);
  active_->body.release();
}

ServerConnection::Progress ServerConnection::beginLingering(Milliseconds longest) {
  in_.release();
  stream_->shutdownSend();
  stream_->watch();
  state_ = State::Lingering;
  linger_until_ = listener_.environment().loop().now() + longest;
  waitFor(lingering_timeout_);
  return Progress::More;
}

ServerConnection::Progress ServerConnection::linger() {
  Buffer scrap = listener_.environment().buffers().take(BufferPool::kMedium);
  for (size_t thrown = 0; scrap && stream_->readable() && thrown < kLingerBudget;) {
    IoResult got = stream_->recv(scrap.space());
    if (got.status == IoStatus::Closed || got.status == IoStatus::Failed) return close(), Progress::Blocked;
    thrown += got.bytes;
    if (got.status == IoStatus::Ok) waitFor(lingering_timeout_);
  }
  if (!scrap || listener_.environment().loop().now() >= linger_until_) close();
  return state_ == State::Lingering && stream_->readable() ? Progress::More : Progress::Blocked;
}

void ServerConnection::onDeadline(Deadline& deadline) {
  if (state_ == State::Request && active_) {
    refuse({Cause::ClientHeaderTimeout});
  } else if (state_ == State::Exchange) {
    if (&deadline == &deadline_ && active_->reader.ended()) return stream_->watch();  // see watchUnlessShort()
    bool sending = &deadline == &active_->send_deadline;
    // Once it is being answered, nobody waits for the rest of the body.
    if (!sending && active_->exchange.headSent()) return;
    if (settings().reset_timedout_connection) stream_->resetOnClose();
    active_->exchange.fail({sending ? Cause::ClientSendTimeout : Cause::ClientBodyTimeout});
  } else {
    return close();
  }
  pump();
}

void ServerConnection::drain(Milliseconds grace) {
  draining_ = true;
  if (state_ == State::Request && !active_) waitFor(grace);
}

void ServerConnection::releaseExchange() {
  if (state_ != State::Relaying || !active_) return;
  active_->exchange.endRelay({Termination::Party::Weir, "reload", Termination::Phase::Tunnel});
  active_->exchange.end();
  listener_.environment().giveRequest(std::move(active_));
  in_.release();
}

void ServerConnection::onRelayEnded(Relay&, RelayEnd how) {
  if (active_) active_->exchange.endRelay(terminationOf(how));
  close();
}

void ServerConnection::close() {
  if (state_ == State::Ended) return;
  state_ = State::Ended;
  deadline_.disarm();
  if (stream_) stream_->setListener(nullptr);
  if (active_) {
    if (active_->exchange.dispatched() && !relay_)
      stats::add(listener_.metrics().bytes_out, static_cast<int64_t>(bytesSent()));
    if (relay_) active_->exchange.endRelay(terminationOf({RelayEnd::Why::Closed}));
    stats::add(listener_.metrics().bytes_in, static_cast<int64_t>(active_->reader.raw()));
    active_->exchange.end();
    active_->send_deadline.disarm();
    active_->writer.abandon();
    active_->body.release();
    listener_.environment().giveRequest(std::move(active_));
  }
  if (relay_) listener_.environment().loop().retire(std::move(relay_));
  in_.release();
  listener_.remove(*this);
}

}  // namespace weir
