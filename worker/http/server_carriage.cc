// SPDX-License-Identifier: Apache-2.0
// The Downstream half of ServerConnection: how an exchange's request body comes in and its response goes out.
#include <algorithm>
#include <cerrno>

#include "shared/base/version.h"
#include "worker/http/active_request.h"
#include "worker/http/body_pipe.h"
#include "worker/http/http_listener.h"
#include "worker/http/response_head.h"
#include "worker/http/route.h"
#include "worker/http/server_connection.h"

namespace weir {
namespace {

constexpr size_t kDiscardBudget = 65536;  // bytes of an unwanted body read before the answer says close
std::string_view serverName(const HttpSettings& http) {
  static const std::string with_version = "weir/" + std::string(kVersion);
  return http.server_tokens ? std::string_view(with_version) : "weir";
}

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

bool ServerConnection::decideKeepAlive(const OutgoingHead& head) {
  const RequestHead& request = active_->exchange.request();
  const HttpSettings& settings = active_->exchange.route()->http();
  bool age_allows = listener_.environment().loop().now() - opened_ < settings.keepalive_time;
  bool delimited = !head.has_body || head.content_length.has_value() || request.minor_version > 0;
  return request.keep_alive && active_->reader.ended() && delimited && age_allows && !draining_ &&
         !listener_.environment().draining() && requests_ < settings.keepalive_requests &&
         settings.keepalive_timeout.timeout.count() > 0 && !listener_.retired() &&
         active_->exchange.failure().row().page == 0;
}

void ServerConnection::decideFraming(const OutgoingHead& head, bool keep_alive) {
  active_->keep_alive = keep_alive;
  BodyFraming framing = BodyFraming::UntilClose;
  if (!head.has_body)
    framing = BodyFraming::None;
  else if (head.content_length)
    framing = BodyFraming::Length;
  else if (active_->exchange.request().minor_version > 0)
    framing = BodyFraming::Chunked;
  // Of a client that may still send something the close would be a reset, which takes with it what waits.
  bool then_end = active_->reader.ended() && !active_->exchange.request().keep_alive;
  active_->writer.beginBody(framing, then_end);
}

bool ServerConnection::sendHead(Exchange& exchange, const OutgoingHead& head) {
  bool keep_alive = decideKeepAlive(head);
  decideFraming(head, keep_alive);
  ResponseHeadContext context{.server = serverName(exchange.route()->http()),
                              .date = listener_.environment().date(),
                              .framing = active_->writer.framing(),
                              .minor_version = exchange.request().minor_version,
                              .keep_alive = keep_alive,
                              .keep_alive_header = exchange.route()->http().keepalive_timeout.header,
                              .added = exchange.addedFields()};
  size_t bound = responseHeadBound(head, context);
  std::span<char> room = active_->writer.room(listener_.environment().buffers(), bound);
  if (room.size() < bound) return false;
  size_t size = writeResponseHead(room, head, context);
  active_->writer.staged(size);
  active_->head_size += size;
  return size > 0;
}

IoResult ServerConnection::sendBody(std::string_view bytes, bool last) {
  IoResult result = active_->writer.write(*stream_, listener_.environment().buffers(), bytes, last);
  return afterWrite(result, bytes.size());
}

void ServerConnection::addTrailer(std::string_view name, std::string_view value) {
  active_->writer.addTrailer(name, value);
}

IoResult ServerConnection::sendFile(const FileSlice& slice) {
  return afterWrite(active_->writer.writeFile(*stream_, slice, packetsMayWait()), slice.count);
}

void ServerConnection::cork(bool on) {
  if (packetsMayWait()) stream_->cork(on);
}

bool ServerConnection::packetsMayWait() const { return active_->exchange.route()->http().content.tcp_nopush; }

bool ServerConnection::takesPipe() const { return active_->writer.isTransparent() && stream_->splices(); }

IoResult ServerConnection::sendBodyFrom(std::string_view first, Pipe& pipe) {
  size_t offered = first.size() + pipe.size();
  return afterWrite(active_->writer.writeFrom(*stream_, first, pipe, false), offered);
}

IoResult ServerConnection::flush() { return afterWrite(active_->writer.flush(*stream_), 0); }

// A response that waits for the client has send_timeout from the last byte that went.
IoResult ServerConnection::afterWrite(IoResult result, size_t offered) {
  if (result.bytes == offered && !active_->writer.hasStaged()) {
    active_->send_deadline.disarm();
  } else if (!active_->send_deadline.armed() || active_->sent_when_armed != active_->writer.sent()) {
    active_->sent_when_armed = active_->writer.sent();
    active_->send_deadline.armIn(active_->exchange.route()->http().send_timeout);
  }
  return result;
}

BodyReader::Pull ServerConnection::pullBody() {
  if (active_->reader.ended()) return {BodyReader::Status::End, {}, true};
  if (!active_->body) return {BodyReader::Status::Failed, {}, false, ENOMEM};
  BodyReader::Pull pull = active_->reader.pull(*stream_, active_->body);
  if (pull.status == BodyReader::Status::End) active_->exchange.endBody();
  if (pull.status != BodyReader::Status::Blocked) {
    deadline_.disarm();
    return pull;
  }
  awaitBody();
  return pull;
}

void ServerConnection::awaitBody() {
  if (active_->continue_due) sendContinue();
  if (!deadline_.armed()) waitFor(active_->exchange.route()->http().client_body_timeout);
}

uint64_t ServerConnection::pipableBody() const {
  return stream_->splices() && isEmpty(active_->body) ? active_->reader.direct(active_->body) : 0;
}

IoResult ServerConnection::pullBodyInto(BodyPipe& pipe) {
  IoResult got = pipe.fill(*stream_, active_->reader.direct(active_->body));
  if (got.status == IoStatus::Blocked) return awaitBody(), got;
  deadline_.disarm();
  active_->continue_due = false;
  active_->reader.tookDirectly(got.bytes);
  return got;
}

void ServerConnection::sendContinue() {
  active_->continue_due = false;
  if (active_->exchange.headSent()) return;
  std::span<char> room = active_->writer.room(listener_.environment().buffers(), kContinue.size());
  if (room.size() < kContinue.size()) return;
  std::copy(kContinue.begin(), kContinue.end(), room.begin());
  active_->writer.staged(kContinue.size());
  active_->head_size += kContinue.size();
  // What does not go now goes with the response.
  [[maybe_unused]] IoResult flushed = active_->writer.flush(*stream_);
}

void ServerConnection::consumeBody(size_t bytes) {
  active_->continue_due = false;
  active_->reader.consume(active_->body, bytes);
  if (active_->reader.ended()) active_->exchange.endBody();
}

bool ServerConnection::bodyEnded() const { return active_->reader.ended(); }

uint64_t ServerConnection::bodyReceived() const { return active_->reader.received(); }

void ServerConnection::discardBody() {
  // A client that waits for 100 Continue sends nothing, or all of it: nobody knows.
  if (!active_->body || active_->continue_due) return;
  for (size_t thrown = 0; thrown < kDiscardBudget;) {
    BodyReader::Pull pull = active_->reader.pull(*stream_, active_->body);
    if (pull.status != BodyReader::Status::Data) return;
    thrown += pull.bytes.size();
    active_->reader.consume(active_->body, pull.bytes.size());
  }
}

bool ServerConnection::clientGone() {
  if (!active_->reader.ended() || active_->half_closed) return false;
  return active_->was_reset || stream_->hangup() || wasReset();
}

bool ServerConnection::clientReset() {
  return active_->was_reset || (active_->reader.ended() && receiveAhead().status == IoStatus::Failed);
}

bool ServerConnection::wasReset() {
  if (!stream_->readable()) return false;
  IoStatus status = receiveAhead().status;
  return status == IoStatus::Failed || status == IoStatus::Closed;
}

// A reset shows as readable without an end: only reading tells it from a pipelined request, which is kept.
IoResult ServerConnection::receiveAhead() {
  Buffer& to = active_->body ? active_->body : in_;
  if (!to || to.space().empty()) return {IoStatus::Blocked};
  IoResult got = stream_->recv(to.space());
  to.produced(got.bytes);
  stats::add(listener_.metrics().bytes_in, static_cast<int64_t>(got.bytes));
  return got;
}

void ServerConnection::upgradeTo(std::unique_ptr<Stream> upstream, Buffer leftover, Milliseconds idle_timeout) {
  // The head stays where it is: the exchange is logged when the relay ends.
  stream_->watch();
  Buffer owed;
  if (!isEmpty(in_)) owed = listener_.environment().buffers().take(in_.size());
  if (owed) owed.append(in_.data());
  in_.drop();
  RelayOptions options;
  options.idle_timeout = options.half_closed_timeout = idle_timeout;
  options.from_downstream = listener_.metrics().bytes_in;
  options.to_downstream = listener_.metrics().bytes_out;
  relay_ = std::make_unique<Relay>(listener_.environment().loop(), listener_.environment().buffers(), *this, options);
  relay_->start({std::move(stream_), std::move(owed)}, {std::move(upstream), std::move(leftover)});
}

const Address& ServerConnection::local() const {
  if (!listener_.address().isWildcard()) return listener_.address();
  auto& cached = const_cast<ServerConnection*>(this)->local_;
  if (!cached) cached = std::make_unique<Address>(Address::local(stream_ ? stream_->fd() : -1));
  return *cached;
}

std::string_view ServerConnection::protocol() const {
  return active_->exchange.request().minor_version == 0 ? "HTTP/1.0" : "HTTP/1.1";
}

bool ServerConnection::pipelined() const { return active_->pipelined; }

uint64_t ServerConnection::headSize() const { return active_->head_size; }

bool ServerConnection::isChunked() const { return active_->writer.framing() == BodyFraming::Chunked; }

uint64_t ServerConnection::bytesSent() const {
  return active_->writer.sent() + (relay_ ? relay_->bytesFrom(RelaySide::Upstream) : 0);
}

}  // namespace weir
