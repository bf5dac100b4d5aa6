// SPDX-License-Identifier: Apache-2.0
#include "worker/http/exchange.h"

#include <sys/random.h>

#include <strings.h>
#include <algorithm>
#include <cstring>

#include "shared/base/log.h"
#include "worker/http/client_address.h"
#include "worker/http/default_page.h"
#include "worker/http/route.h"
#include "worker/tls/client_certificate.h"

namespace weir {
namespace {

// Tunnels are the business of a [forward], and TRACE shows a script what its browser hides from it.
constexpr std::string_view kAllowed = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

bool isServed(Method method) { return method != Method::Connect && method != Method::Trace; }

bool sameName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::optional<std::string_view> fieldNamed(const MessageHead& head, const char* base, std::string_view name) {
  for (const HeaderField& field : head.fields)
    if (!field.ignored && sameName(field.nameIn(base), name)) return field.valueIn(base);
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> Exchange::requestField(HeaderId id) const {
  const HeaderField* field = request().find(id);
  if (field == nullptr) return std::nullopt;
  return field->valueIn(request_base_);
}

std::optional<std::string_view> Exchange::requestField(std::string_view name) const {
  return fieldNamed(request(), request_base_, name);
}

std::optional<std::string_view> Exchange::upstreamField(std::string_view name) const {
  if (upstream_head_ == nullptr) return std::nullopt;
  return fieldNamed(*upstream_head_, upstream_base_, name);
}

std::optional<std::string_view> Exchange::sentField(std::string_view name) const {
  std::optional<std::string_view> found;
  added_.each([&](std::string_view added, std::string_view value) {
    if (!found && sameName(added, name)) found = value;
  });
  return found ? found : upstreamField(name);
}

void Exchange::setUpstreamHead(const ResponseHead* head, const char* base) {
  upstream_head_ = head;
  upstream_base_ = base;
}

std::optional<std::string_view> Exchange::authority() const {
  if (request().form == TargetForm::Absolute) return request().authority.in(request_base_);
  return requestField(HeaderId::Host);
}

uint64_t Exchange::requestLength() const { return request().size + downstream_->bodyReceived(); }

uint64_t Exchange::bytesSent() const { return downstream_->bytesSent(); }

uint64_t Exchange::bytesSentAfterHead() const {
  return head_sent_ ? bytesSent() - std::min(bytesSent(), downstream_->headSize()) : 0;
}

bool Exchange::isSentChunked() const { return head_sent_ && downstream_->isChunked(); }

const Address& Exchange::peer() const { return downstream_->remote(); }

const Address& Exchange::sender() const {
  const ProxiedAddresses* proxied = downstream_->proxied();
  return proxied != nullptr ? proxied->source : downstream_->remote();
}

std::string_view Exchange::requestId() const {
  if (!request_id_made_) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::array<uint8_t, 16> random{};
    [[maybe_unused]] auto got = getrandom(random.data(), random.size(), GRND_NONBLOCK);
    for (size_t i = 0; i < random.size(); ++i) {
      request_id_[2 * i] = kDigits[random[i] >> 4];
      request_id_[2 * i + 1] = kDigits[random[i] & 15];
    }
    request_id_made_ = true;
  }
  return {request_id_.data(), request_id_.size()};
}

void Exchange::begin(Downstream& downstream, Instant started) {
  downstream_ = &downstream;
  started_ = started;
}

void Exchange::enter(const char* base, Ref<const Counted> runtime, const VirtualServer& server) {
  request_base_ = base;
  head_received_ = loop_.now();
  runtime_ = std::move(runtime);
  server_ = &server;
  route_ = &server.fallback();
  stats::add(server.metrics().in_flight);
}

void Exchange::dispatch(const char* base, Ref<const Counted> runtime, const ListenerRoutes& routes) {
  request_base_ = base;
  resolveHost();
  enter(base, std::move(runtime), routes.find(host_, server_captures_));
  resolveClient(server_->http());
  came_early_ = downstream_->tls() != nullptr && downstream_->tls()->early();
  if (Cause cause = whyNotAdmitted(); cause != Cause::None) return fail({cause});
  if (!resolveTarget()) return fail({Cause::BadRequest});
  if (!isServed(request().method)) return fail({Cause::MethodNotAllowed}, "Allow", kAllowed);
  findRoute();
}

void Exchange::refuse(std::string_view received, Ref<const Counted> runtime, const ListenerRoutes& routes,
                      Failure failure) {
  enter(received.data(), std::move(runtime), routes.defaultServer());
  received.remove_prefix(std::min(received.find_first_not_of("\r\n"), received.size()));
  refused_line_ = received.substr(0, received.find_first_of("\r\n"));
  client_ = sender();
  client_text_size_ = client_.writeIp(client_text_.data());
  fail(failure);
  failed_in_ = Termination::Phase::Head;
}

// RFC 8470 3: who repeats what came before the handshake was done must do no harm by it.
bool Exchange::mayBeRepeated() const {
  const RequestHead& head = request();
  bool safe = head.method == Method::Get || head.method == Method::Head || head.method == Method::Options;
  return safe && head.framing == BodyFraming::None && !head.upgrade;
}

// ssl_verify_client, of the server that the request names: what the handshake proved must have been asked for by it.
Cause Exchange::whyNotAdmitted() const {
  if (downstream_->misplaced()) return Cause::PlainHttpOnTls;
  const TlsStream* tls = downstream_->tls();
  if (tls == nullptr) return Cause::None;
  if (came_early_ && !mayBeRepeated()) return Cause::TooEarly;
  const TlsContext* asked = server_->tls();
  if (asked == nullptr || asked->verifyClient() == VerifyClient::Off) return Cause::None;
  return tls->context()->sharesSessionsWith(*asked) ? weir::whyNotAdmitted(*tls) : Cause::MisdirectedRequest;
}

void Exchange::resolveClient(const HttpSettings& http) {
  client_ = sender();
  if (!http.set_real_ip_from.empty()) {
    ClientAddressWalk walk(
        client_, http.set_real_ip_from,
        http.real_ip_recursive ? ClientAddressWalk::Depth::Recursive : ClientAddressWalk::Depth::LastOnly);
    // Several fields are one list, and its end is nearest to us.
    const auto& fields = request().fields;
    for (auto field = fields.rbegin(); field != fields.rend() && walk.wantsMore(); ++field) {
      if (!field->ignored && sameName(field->nameIn(request_base_), http.real_ip_header))
        walk.visit(field->valueIn(request_base_));
    }
    client_ = walk.client();
  }
  client_text_size_ = client_.writeIp(client_text_.data());
}

void Exchange::resolveHost() {
  const RequestHead& head = request();
  if (head.form == TargetForm::Absolute || head.form == TargetForm::Authority) {
    host_ = normalizeHost(head.authority.in(request_base_), host_storage_);
  } else if (const HeaderField* field = head.host()) {
    host_ = normalizeHost(field->valueIn(request_base_), host_storage_);
  }
}

bool Exchange::resolveTarget() {
  const RequestHead& head = request();
  if (head.form == TargetForm::Asterisk || head.form == TargetForm::Authority) {
    target_ = {};
    return true;
  }
  Slashes slashes = server_->http().merge_slashes ? Slashes::Merge : Slashes::Keep;
  return parseTarget(head.path.in(request_base_), slashes, path_storage_, target_);
}

void Exchange::findRoute() {
  route_ = &server_->fallback();
  if (server_->http().return_.code != 0) return answer();
  auto found = server_->locations().find(target_.path, captures_);
  switch (found.kind) {
    case LocationTree::Found::Kind::Location:
      route_ = &server_->route(found.location);
      return route_->settings().internal && redirects_ == 0 ? fail({Cause::NoHandler}) : answer();
    case LocationTree::Found::Kind::AddSlash:
      route_ = &server_->route(found.location);
      return redirectToSlash();
    case LocationTree::Found::Kind::TooHard:
      return fail({Cause::RegexTooHard});
    case LocationTree::Found::Kind::None:
      return answer();
  }
}

void Exchange::answer() {
  if (route_->knowsOtherProxies()) resolveClient(route_->http());
  next_filter_ = 0;
  goOn();
}

void Exchange::goOn() {
  dropAnswer();
  if (!passFilters()) return;
  uint64_t limit = route_->http().client_max_body_size.bytes;
  if (limit > 0 && contentLength() > limit) return fail({Cause::BodyTooLarge});
  if (route_->handler() == nullptr) return fail({Cause::NoHandler});
  route_->handler()->handle(*this);
}

bool Exchange::passFilters() {
  const auto& filters = route_->filters();
  for (; next_filter_ < filters.size(); ++next_filter_)
    if (filters[next_filter_]->onRequest(*this) == Filter::Verdict::Answered) return false;
  return true;
}

void Exchange::step() {
  if (state_ != State::Answering) return;
  stepAnswer();
  // The answer may have failed just now, which makes a small body of its own.
  if (small_body_ && state_ == State::Answering) stepSmallBody();
}

// One that fails may leave another in its place: that of an error's page.
void Exchange::stepAnswer() {
  for (const Answer* stepped = nullptr; answer_ && answer_.get() != stepped && state_ == State::Answering;) {
    stepped = answer_.get();
    answer_->step();
  }
}

void Exchange::run() { downstream_->wake(); }

bool Exchange::sendHead(OutgoingHead& head) {
  if (page_status_ != 0 && head.status == 200) head.status = page_status_;
  status_ = head.status;
  if (request().method == Method::Head || head.status == 204 || head.status == 304) head.has_body = false;
  has_body_ = head.has_body;
  for (const auto& filter : route_->filters()) filter->onResponse(*this, head);
  sent_type_.assign(head.content_type);
  sent_length_ = head.status == 204 ? std::nullopt : head.content_length;
  head_sent_ = true;
  first_sent_ = loop_.now();
  return downstream_->sendHead(*this, head);
}

IoResult Exchange::sendBody(std::string_view bytes, bool last) {
  if (coder_) return sendCoded(bytes, last);
  IoResult result = downstream_->sendBody(has_body_ ? bytes : std::string_view(), last);
  // To HEAD: what a peer sent all the same (it was asked by another method) is taken, and goes nowhere.
  if (!has_body_ && result.status != IoStatus::Failed) return {IoStatus::Ok, bytes.size()};
  return result;
}

IoResult Exchange::sendCoded(std::string_view bytes, bool last) { return coder_->send(*downstream_, bytes, last); }

IoResult Exchange::sendFile(const FileSlice& slice) { return downstream_->sendFile(slice); }

IoResult Exchange::sendBodyFrom(std::string_view first, Pipe& pipe) { return downstream_->sendBodyFrom(first, pipe); }

void Exchange::respond(uint16_t status, std::string_view content_type, std::string_view body) {
  small_text_.assign(body);
  OutgoingHead head;
  head.status = status;
  head.content_type = content_type;
  respondWith(head, small_text_, {});
}

void Exchange::respondWith(OutgoingHead& head, std::string_view body, Ref<const Counted> owner) {
  if (head_sent_) return abort(failure_);
  dropAnswer();
  small_view_ = body;
  small_owner_ = std::move(owner);
  small_sent_ = 0;
  small_body_ = true;
  downstream_->discardBody();
  // A 304 has the length of what it stands for, or none (RFC 9110 8.6).
  if (!head.content_length && head.status != 304) head.content_length = body.size();
  if (!sendHead(head)) return abort({Cause::OutOfMemory});
  if (!head.has_body) small_sent_ = small_view_.size();
}

void Exchange::stepSmallBody() {
  IoResult result = sendBody(small_view_.substr(small_sent_), true);
  small_sent_ += result.bytes;
  if (result.status == IoStatus::Failed) return abort({Cause::ClientAborted, result.os_error});
  if (small_sent_ < small_view_.size()) return;
  IoResult flushed = flushBody();
  if (flushed.status == IoStatus::Failed) return abort({Cause::ClientAborted, flushed.os_error});
  if (flushed.status == IoStatus::Ok) finish();
}

void Exchange::fail(Failure failure) { fail(failure, {}, {}); }

void Exchange::fail(Failure failure, std::string_view field, std::string_view value) {
  note(failure);
  if (head_sent_ || failure.row().status == 0 || failure.cause == Cause::ClientAborted) return abort(failure);
  added_.clear();
  if (!field.empty()) added_.add(field, value);
  respondDefault(*this, failure.row().status);
}

void Exchange::fail(Failure failure, uint16_t status) {
  note(failure);
  added_.clear();
  respondDefault(*this, status);
}

void Exchange::note(Failure failure) {
  failure_ = failure;
  failed_in_ = currentPhase();
}

void Exchange::abort(Failure failure) {
  if (failure.cause != failure_.cause) note(failure);
  if (status_ == 0) status_ = failure.row().status;
  state_ = State::Aborted;
  dropAnswer();
}

Termination Exchange::termination() const {
  if (relay_end_) return *relay_end_;
  if (failure_) return {Termination::partyOf(failure_.row().fault), failure_.row().name, failed_in_};
  if (state_ == State::Finished) return {};
  // Whoever carried it let go of it.
  return {Termination::Party::Weir, rowOf(Cause::ShuttingDown).name, currentPhase()};
}

Termination::Phase Exchange::currentPhase() const {
  using Phase = Termination::Phase;
  if (head_sent_) return Phase::Response;
  if (attempts_.empty()) return Phase::Request;
  return attempts_.back().connected == kNever ? Phase::Connect : Phase::Header;
}

void Exchange::dropAnswer() {
  if (!answer_) return;
  answer_->cancel();
  loop_.retire(std::move(answer_));
}

void Exchange::logFailure() const {
  LogLevel level = levelOf(failure_.row());
  if (!failure_ || !log::enabled(level)) return;
  if (failure_.cause == Cause::FileNotFound && !route_->http().content.log_not_found) return;
  std::string_view upstream = attempts_.empty() ? std::string_view("-") : attempts_.back().upstream;
  std::string_view peer = attempts_.empty() || !attempts_.back().peer ? std::string_view("-")
                                                                      : std::string_view(attempts_.back().peer->name());
  log::line(level, "{}: {}{}{}, client: {}, server: {}, request: \"{} {}\", upstream: {} {}", failure_.row().name,
            failure_.row().text, failure_.os_error == 0 ? "" : ": ",
            failure_.os_error == 0 ? "" : std::strerror(failure_.os_error), clientText(), server_->name(),
            request().method_text.in(request_base_), target().substr(0, 512), upstream, peer);
}

void Exchange::end() {
  unlink();
  if (server_ != nullptr) {
    count();
    logFailure();
    for (const auto& filter : route_->filters()) filter->onEnd(*this);
  }
  // Only now: the log may ask for the peer's response head.
  dropAnswer();
  clear();
}

void Exchange::count() {
  stats::add(server_->metrics().in_flight, -1);
  stats::add(server_->metrics().request_bytes, static_cast<int64_t>(requestLength()));
  stats::add(server_->metrics().response_bytes, static_cast<int64_t>(bytesSent()));
  Instant now = loop_.now();
  Instant first = first_sent_ == kNever ? now : first_sent_;
  route_->metrics().count({request().method, status_, now - started_, first - started_});
}

void Exchange::clear() {
  downstream_ = nullptr;
  server_ = nullptr;
  route_ = nullptr;
  target_ = {};
  refused_line_ = {};
  host_ = {};
  captures_.clear();
  server_captures_.clear();
  request_id_made_ = false;
  state_ = State::Answering;
  status_ = 0;
  head_sent_ = false;
  small_body_ = false;
  small_view_ = {};
  small_owner_ = {};
  coder_.reset();
  redirects_ = 0;
  lookups_ = {};
  path_changed_ = error_page_ = as_get_ = body_dropped_ = came_early_ = false;
  page_status_ = 0;
  sent_type_.clear();
  sent_length_.reset();
  proxied_url_.clear();
  added_.clear();
  limit_holds_.clear();
  attempts_.clear();
  setUpstreamHead(nullptr, nullptr);
  head_received_ = body_received_ = first_sent_ = kNever;
  failure_ = {};
  relay_end_.reset();
  runtime_ = {};  // last: the views above may be the last use of it
}

}  // namespace weir
