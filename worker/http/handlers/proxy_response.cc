// SPDX-License-Identifier: Apache-2.0
// The response half of ProxyAnswer.
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/handlers/proxy_answer.h"
#include "worker/http/handlers/reverse_proxy.h"

namespace weir {
namespace {

constexpr int kPiecesPerStep = 16;
constexpr size_t kHeadWithLittle = 2048;

// Of a body that does not follow: to HEAD, or with 304. A client that asked for one (proxy_method = HEAD) is told that
// there is none, or it would wait for it.
std::optional<uint64_t> announcedLength(const ResponseHead& head, const char* base, Method asked) {
  if (asked != Method::Head && head.status != 304) return 0;
  const HeaderField* field = head.find(HeaderId::ContentLength);
  if (field == nullptr) return std::nullopt;
  std::string_view text = field->valueIn(base);
  uint64_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

}  // namespace

void ProxyAnswer::stepResponse() {
  for (int i = 0; i < kPiecesPerStep; ++i) {
    Progress progress = Progress::Blocked;
    switch (response_) {
      case ResponseState::Head:
        progress = request_ == RequestState::Connection ? Progress::Blocked : readHead();
        break;
      case ResponseState::Body:
        progress = readBody();
        break;
      case ResponseState::Flush:
        progress = flushClient();
        break;
      case ResponseState::Over:
        break;
    }
    if (progress == Progress::Blocked) return;
  }
  exchange_.postStep();
}

ProxyAnswer::Progress ProxyAnswer::readHead() {
  if (isEmpty(buffer_)) return receive();
  switch (parser_->parse(buffer_.data())) {
    case ParseStatus::Done:
      return headComplete();
    case ParseStatus::Failed:
      tryFailed({parser_->failure()});
      return Progress::More;
    case ParseStatus::NeedMore:
      return receive();
  }
  return Progress::Blocked;
}

ProxyAnswer::Progress ProxyAnswer::receive() {
  if (!peer().readable() && !std::exchange(ask_again_, false)) return Progress::Blocked;
  if (!buffer_) buffer_ = proxy_.services().buffers.take(proxy_.http().proxy_buffer_size.bytes);
  if (!buffer_) return over({Cause::OutOfMemory}), Progress::Blocked;
  std::span<char> room = buffer_.space();
  if (room.empty()) return tryFailed({Cause::UpstreamHeaderTooBig}), Progress::More;
  // Of a large body that will go by a pipe, little shall be copied along with the head.
  if (upstream_->bodiesAreLarge() && peer().splices()) room = room.first(std::min(room.size(), kHeadWithLittle));
  IoResult got = peer().recv(room);
  switch (got.status) {
    case IoStatus::Ok:
      buffer_.produced(got.bytes);
      attempt().bytes_received += got.bytes;
      ask_again_ = true;
      return Progress::More;
    case IoStatus::Blocked:
      return Progress::Blocked;
    case IoStatus::Closed:
      tryFailed({Cause::UpstreamClosed});
      return Progress::More;
    case IoStatus::Failed:
      tryFailed({got.os_error == ECONNREFUSED ? Cause::ConnectRefused : Cause::UpstreamReset, got.os_error});
      return Progress::More;
  }
  return Progress::Blocked;
}

ProxyAnswer::Progress ProxyAnswer::headComplete() {
  ResponseHead& head = parser_->head();
  if (head.interim()) return interim();
  attempt().headed = now();
  attempt().status = head.status;
  upstream_->metrics().header_duration.observe(now() - attempt().started);
  lease_.peer()->metrics().countResponse(head.status);
  if (head.status == 101 && !(asksUpgrade(exchange_) && head.upgrade)) {
    tryFailed({Cause::UpstreamBadHeader});
    return Progress::More;
  }
  if (isRetriable(proxy_.http().proxy_next_upstream, head.status)) {
    stale_ = false;
    // Where no other try is possible, this answer is the answer (S-14).
    if (retry(Cause::None, head.status)) return Progress::More;
  }
  return forwardHead();
}

// 100, 102 and 103 are between the peer and weir (S-33).
ProxyAnswer::Progress ProxyAnswer::interim() {
  buffer_.consumed(parser_->head().size);
  buffer_.compact();
  parser_->reset({.max_head = static_cast<uint32_t>(proxy_.http().proxy_buffer_size.bytes)},
                 proxy_.methodOf(exchange_));
  return Progress::More;
}

ProxyAnswer::Progress ProxyAnswer::forwardHead() {
  lease_.succeeded();
  ResponseHead& head = parser_->head();
  const char* base = buffer_.data().data();
  proxy_.hideNamed(head, base);
  exchange_.setUpstreamHead(&head, base);
  OutgoingHead out;
  fillHead(out);
  addRedirects();
  upgrading_ = head.status == 101;
  out.upgrade = upgrading_;
  const HeaderField* trailer = head.framing == BodyFraming::Chunked ? head.find(HeaderId::Trailer) : nullptr;
  if (trailer != nullptr && proxy_.request().wantsTrailers(exchange_))
    exchange_.addedFields().add("Trailer", trailer->valueIn(base));
  if (upgrading_) exchange_.addedFields().add("Upgrade", head.find(HeaderId::Upgrade)->valueIn(base));
  buffer_.consumed(head.size);
  reader_.begin(head.framing, head.content_length);
  upstream_->sawBody(reader_.direct(buffer_));
  bool sent = exchange_.sendHead(out);
  keepHead();
  if (!sent) return over({Cause::OutOfMemory}), Progress::Blocked;
  response_ = upgrading_ ? ResponseState::Flush : ResponseState::Body;
  return Progress::More;
}

void ProxyAnswer::fillHead(OutgoingHead& out) {
  ResponseHead& head = parser_->head();
  const char* base = buffer_.data().data();
  out.status = head.status;
  out.reason = head.reason.in(base);
  out.base = base;
  out.forwarded = head.fields;
  out.hidden = proxy_.hidden();
  out.passed = proxy_.passed();
  out.has_body = head.framing != BodyFraming::None && !upgrading_;
  if (head.framing == BodyFraming::Length) out.content_length = head.content_length;
  if (head.framing == BodyFraming::None) out.content_length = announcedLength(head, base, exchange_.request().method);
}

void ProxyAnswer::addRedirects() {
  if (proxy_.redirect().empty()) return;
  addRedirect(HeaderId::Location);
  addRedirect(HeaderId::Refresh);
}

void ProxyAnswer::addRedirect(HeaderId id) {
  ResponseHead& head = parser_->head();
  const HeaderField* found = head.find(id);
  if (found == nullptr) return;
  auto& field = head.fields[static_cast<size_t>(found - head.fields.data())];
  std::string_view value = field.valueIn(buffer_.data().data());
  FieldList& added = exchange_.addedFields();
  std::string& to = added.begin(headerName(id));
  bool rewritten = id == HeaderId::Refresh ? proxy_.redirect().rewriteRefresh(exchange_, value, to)
                                           : proxy_.redirect().rewrite(exchange_, value, to);
  if (!rewritten) return added.cancel();
  added.end();
  field.ignored = true;
}

// The head stays readable for variables while the body passes through its buffer.
void ProxyAnswer::keepHead() {
  if (reader_.ended() && !upgrading_) return;
  const ResponseHead& head = parser_->head();
  bool complete = head.framing == BodyFraming::Length && buffer_.size() >= head.content_length;
  if (complete) return;
  head_ = proxy_.services().buffers.take(head.size);
  const char* base = buffer_.data().data() - head.size;
  if (head_) head_.append({base, head.size});
  exchange_.setUpstreamHead(head_ ? &head : nullptr, head_ ? head_.begin() : nullptr);
}

ProxyAnswer::Progress ProxyAnswer::readBody() {
  return response_pipe_.holds() || mayPipeResponse() ? pipeResponse() : passBody();
}

ProxyAnswer::Progress ProxyAnswer::passBody() {
  if (isEmpty(buffer_)) enlargeBuffer();
  uint64_t before = reader_.raw();
  BodyReader::Pull pull = reader_.pull(peer(), buffer_);
  attempt().bytes_received += reader_.raw() - before;
  if (pull.status == BodyReader::Status::Blocked) return awaitPeer();
  if (pull.status != BodyReader::Status::Data && pull.status != BodyReader::Status::End)
    return responseSourceFailed(pull);
  // From here on it is the client who is slow, if anybody is (S-37).
  read_deadline_.disarm();
  if (pull.last) passTrailers();
  IoResult result = exchange_.sendBody(pull.bytes, pull.last);
  if (result.status == IoStatus::Failed) return over({Cause::ClientAborted, result.os_error}), Progress::Blocked;
  if (result.bytes > 0) reader_.consume(buffer_, result.bytes);
  if (result.bytes < pull.bytes.size()) return Progress::Blocked;
  return pull.last ? bodyForwarded() : Progress::More;
}

// S-35: none into the head; what ChunkedDecoder says are no trailers, and what is hidden, goes nowhere.
void ProxyAnswer::passTrailers() {
  const MessageHead* trailers = reader_.trailers();
  if (trailers == nullptr || trailers_passed_ || !proxy_.request().wantsTrailers(exchange_)) return;
  trailers_passed_ = true;
  const char* base = reader_.trailerText().data();
  for (const HeaderField& field : trailers->fields) {
    if (!field.endToEnd() || contains(proxy_.hidden(), field.id) || proxy_.hides(field.nameIn(base))) continue;
    exchange_.downstream().addTrailer(field.nameIn(base), field.valueIn(base));
  }
}

// Large pieces need fewer system calls; a short body has come with its head.
void ProxyAnswer::enlargeBuffer() {
  bool large = parser_->head().framing != BodyFraming::Length || reader_.direct(buffer_) >= Upstream::kLargeBody;
  if (!large || buffer_.capacity() >= BufferPool::kLarge) return;
  if (Buffer larger = proxy_.services().buffers.take(BufferPool::kLarge)) buffer_ = std::move(larger);
}

// What the peer said so far shall not wait with us.
ProxyAnswer::Progress ProxyAnswer::awaitPeer() {
  response_pipe_.release();
  if (!read_deadline_.armed()) read_deadline_.armIn(proxy_.http().proxy_read_timeout);
  if (exchange_.flushBody().status == IoStatus::Failed) over({Cause::ClientAborted});
  return Progress::Blocked;
}

bool ProxyAnswer::mayPipeResponse() {
  if (reader_.direct(buffer_) < BodyPipe::kWorthwhile) return false;
  return exchange_.mayPipeBody() && peer().splices() && response_pipe_.open(proxy_.services().pipes);
}

ProxyAnswer::Progress ProxyAnswer::pipeResponse() {
  if (!response_pipe_.holds()) {
    IoResult got = response_pipe_.fill(peer(), reader_.direct(buffer_));
    if (got.status != IoStatus::Ok && !isEmpty(buffer_)) return passBody();
    if (got.status == IoStatus::Blocked) return awaitPeer();
    if (got.status != IoStatus::Ok) return responseSourceFailed({BodyReader::Status::Failed, {}, false, got.os_error});
    reader_.tookDirectly(got.bytes);
    attempt().bytes_received += got.bytes;
    read_deadline_.disarm();
  }
  std::string_view first = isEmpty(buffer_) ? std::string_view() : buffer_.data();
  IoResult result = exchange_.sendBodyFrom(first, response_pipe_.pipe());
  if (result.status == IoStatus::Failed) return over({Cause::ClientAborted, result.os_error}), Progress::Blocked;
  if (!first.empty()) reader_.consume(buffer_, std::min(result.bytes, first.size()));
  if (response_pipe_.holds()) return Progress::Blocked;
  return reader_.ended() ? bodyForwarded() : Progress::More;
}

ProxyAnswer::Progress ProxyAnswer::responseSourceFailed(const BodyReader::Pull& pull) {
  Cause cause = Cause::UpstreamTruncated;
  if (pull.status == BodyReader::Status::Malformed) cause = Cause::UpstreamBadBody;
  lease_.peer()->metrics().countResponseFailure(cause);
  over({cause, pull.os_error});
  return Progress::Blocked;
}

ProxyAnswer::Progress ProxyAnswer::bodyForwarded() {
  releasePeer();
  response_ = ResponseState::Flush;
  return Progress::More;
}

// The peer is done, however long the client takes to read the rest.
void ProxyAnswer::releasePeer() {
  attempt().ended = now();
  attempt().bytes_sent = writer_.sent();
  upstream_->metrics().request_duration.observe(now() - attempt().started);
  read_deadline_.disarm();
  send_deadline_.disarm();
  peer().setListener(nullptr);
  bool reusable = request_ == RequestState::Sent && writer_.finished() && parser_->head().keep_alive &&
                  !reader_.untilClose() && isEmpty(buffer_);
  // Whatever of the request is not sent yet will not be.
  request_ = RequestState::Sent;
  if (reusable) return lease_.reuse();
  lease_.end();
}

ProxyAnswer::Progress ProxyAnswer::flushClient() {
  IoResult flushed = exchange_.flushBody();
  if (flushed.status == IoStatus::Failed) return over({Cause::ClientAborted, flushed.os_error}), Progress::Blocked;
  if (flushed.status == IoStatus::Blocked) return Progress::Blocked;
  if (upgrading_) return upgrade();
  response_ = ResponseState::Over;
  exchange_.finish();
  return Progress::Blocked;
}

ProxyAnswer::Progress ProxyAnswer::upgrade() {
  response_ = ResponseState::Over;
  request_ = RequestState::Sent;
  read_deadline_.disarm();
  send_deadline_.disarm();
  peer().setListener(nullptr);
  buffer_.compact();
  exchange_.downstream().upgradeTo(lease_.takeStream(), std::move(buffer_), proxy_.http().proxy_read_timeout);
  exchange_.finish();
  return Progress::Blocked;
}

}  // namespace weir
