// SPDX-License-Identifier: Apache-2.0
#pragma once
// Exchange: one request and its response, whoever answers. It ends exactly once and knows no framing: a Downstream (an
// HTTP/1 connection now, a stream of a connection later) carries it. Taken from a pool when a request's first byte
// comes, returned when the response is complete; keeps its memory, so that the next request allocates nothing.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/failure.h"
#include "shared/base/ref.h"
#include "worker/codec/http1_request.h"
#include "worker/codec/http1_response.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/http/body_coder.h"
#include "worker/http/body_reader.h"
#include "worker/http/downstream.h"
#include "worker/http/field_list.h"
#include "worker/http/handler.h"
#include "worker/http/lookup_waits.h"
#include "worker/http/termination.h"
#include "worker/http/uri.h"
#include "worker/net/limit_holds.h"
#include "worker/text/regex.h"
#include "worker/upstream/peer.h"

namespace weir {

struct ErrorPage;
class ListenerRoutes;
class Route;
class VirtualServer;

// One try at one peer, for logs and $upstream_* variables. Times are kNever while they have not come.
struct UpstreamAttempt {
  Ref<Peer> peer;             // null: no live peer, name is the upstream's
  std::string_view upstream;  // lives as long as the exchange's Runtime
  uint16_t status = 0;        // the peer's, or that of the failure in its place
  bool reused = false;
  Instant started = kNever;
  Instant connected = kNever;
  Instant headed = kNever;  // response head complete
  Instant ended = kNever;
  uint64_t bytes_sent = 0;
  uint64_t bytes_received = 0;
};

class Exchange final : Task {
 public:
  explicit Exchange(EventLoop& loop) : loop_(loop), read_deadline_(loop), send_deadline_(loop) {}

  // ---- the request; valid from the head's completion to the end
  RequestParser parser;
  const RequestHead& request() const { return parser.head(); }
  // Base of every offset in request(); stays put while the exchange lasts.
  const char* requestBase() const { return request_base_; }
  // Of a request that was refused within its head: what came where a request line should be, for the log.
  std::string_view refusedLine() const { return refused_line_; }
  // Of the request, or GET for the page of an error.
  Method method() const { return as_get_ ? Method::Get : request().method; }
  std::string_view methodText() const { return as_get_ ? "GET" : request().method_text.in(request_base_); }
  std::string_view target() const { return request().target.in(request_base_); }  // as received
  std::string_view path() const { return target_.path; }                          // decoded, normalised
  std::string_view args() const { return target_.args; }                          // behind '?', raw
  // path() is no longer what the client asked for: index, try_files or error_page made it another.
  bool pathChanged() const { return path_changed_; }
  std::string_view host() const { return host_; }  // lower case, no port
  // The first field of that name; nullopt when absent.
  std::optional<std::string_view> requestField(HeaderId id) const;
  std::optional<std::string_view> requestField(std::string_view name) const;  // name in any case
  // Host and port as the client names them: of the absolute form, which wins (RFC 9112 3.2.2), or of the Host field.
  std::optional<std::string_view> authority() const;
  uint64_t requestLength() const;  // head and body received so far, decoded body bytes
  // Of the body that who answers may pass on: none once it was let go for the page of an error.
  BodyFraming bodyFraming() const { return body_dropped_ ? BodyFraming::None : request().framing; }
  uint64_t contentLength() const { return body_dropped_ ? 0 : request().content_length; }
  bool bodyEnded() const { return body_dropped_ || downstream_->bodyEnded(); }
  bool bodyConsumed() const { return !body_dropped_ && downstream_->bodyReceived() > 0; }

  Downstream& downstream() const { return *downstream_; }
  const Address& client() const { return client_; }  // after set_real_ip_from
  const Address& peer() const;                       // who is connected
  // It came before the handshake was done, and may be a repetition (RFC 8470).
  bool cameEarly() const { return came_early_; }
  const Address& sender() const;  // whose headers these are: by a PROXY header, else the same
  std::string_view clientText() const { return {client_text_.data(), client_text_size_}; }

  // ---- where it went
  const VirtualServer* server() const { return server_; }
  const Route* route() const { return route_; }  // null: refused before a location was found
  Captures& captures() { return captures_; }
  const Captures& captures() const { return captures_; }
  const Captures& serverCaptures() const { return server_captures_; }  // of a `~` server_name
  std::string_view requestId() const;                                  // 32 hexadecimal digits, made at first use

  // ---- the response
  uint16_t status() const { return status_; }
  bool headSent() const { return head_sent_; }
  uint64_t bytesSent() const;
  // Of bytesSent(), those behind the head: the body with its framing.
  uint64_t bytesSentAfterHead() const;
  // What the head says of the body, once it is out: the type where weir chose it, the length where one is known.
  std::string_view sentType() const { return sent_type_; }
  std::optional<uint64_t> sentLength() const { return sent_length_; }
  bool isSentChunked() const;
  // A field of the response head as it goes out, from the peer or added by weir; nullopt once it is gone.
  std::optional<std::string_view> sentField(std::string_view name) const;
  std::vector<UpstreamAttempt>& attempts() { return attempts_; }
  const std::vector<UpstreamAttempt>& attempts() const { return attempts_; }
  // The peer's response head while it is there to be read; null before and after.
  const ResponseHead* upstreamHead() const { return upstream_head_; }
  const char* upstreamBase() const { return upstream_base_; }
  void setUpstreamHead(const ResponseHead* head, const char* base);
  std::optional<std::string_view> upstreamField(std::string_view name) const;

  // ---- time
  Instant started() const { return started_; }
  Instant headReceived() const { return head_received_; }
  Instant bodyReceived() const { return body_received_; }  // kNever: there is none, or it is not complete
  Instant firstByteSent() const { return first_sent_; }
  EventLoop& loop() const { return loop_; }
  const Failure& failure() const { return failure_; }
  Termination termination() const;

  // ---- for whoever answers
  // Goes on as if the client had asked for this path: locations are matched anew. Without args they stay. Answers 500
  // when it happens too often. The path may be a view of path().
  void redirectInternally(std::string_view path, std::optional<std::string_view> args = std::nullopt);
  // Goes on in the location `@name`, the path staying as it is.
  void redirectToNamed(std::string_view name);
  // 301 to the path with a slash behind it.
  void redirectToSlash();
  // path() from now on, in the same route.
  void setPath(std::string_view path);
  // A status whose page error_page gives, or nobody (false).
  bool answerWithErrorPage(uint16_t status);
  // What is being answered is the page of an error.
  bool isErrorPage() const { return error_page_; }
  // Sends a complete response. A head that is already out makes this a failure of the connection instead.
  void respond(uint16_t status, std::string_view content_type, std::string_view body);
  // A complete response whose body is kept by its owner. Its length is announced unless the head names another, which
  // is for HEAD.
  void respondWith(OutgoingHead& head, std::string_view body, Ref<const Counted> owner);
  // Answers the status of the failure's row, or ends the connection where it has none or the head is out.
  void fail(Failure failure);
  // The same with another status. REQUIRES: no byte of a response is out
  void fail(Failure failure, uint16_t status);
  // The same, with a field that belongs to the status.
  void fail(Failure failure, std::string_view field, std::string_view value);
  // The answer that step() drives until it calls finish().
  void setAnswer(std::unique_ptr<Answer> answer) { answer_ = std::move(answer); }
  // Goes on where a filter or the handler left off, to wait for something: it is asked again. Drops the answer.
  void goOn();
  LookupWaits& lookups() { return lookups_; }
  // What it holds of limit_conn, until its end.
  LimitHolds& limitHolds() { return limit_holds_; }
  const LimitHolds& limitHolds() const { return limit_holds_; }
  // Fields to be added to the response head by sendHead(); handlers and filters append.
  FieldList& addedFields() { return added_; }
  // Memory for the request head that a handler passes on; kept over exchanges.
  std::string& requestText() { return request_text_; }
  // Two time limits for who answers, to be disarmed when it is done. They are the exchange's because one that serves
  // again and again stays in the loop's heap: arming it is storing a time.
  Deadline& readDeadline() { return read_deadline_; }
  Deadline& sendDeadline() { return send_deadline_; }
  // What a proxy_pass with variables gives: where the exchange is passed on to. Empty before, and without variables.
  std::string& proxiedUrl() { return proxied_url_; }
  std::string_view proxiedUrl() const { return proxied_url_; }
  // And for what templates make on the way there.
  std::string& templateText() { return template_text_; }
  // The response head, once; filters see it first.
  bool sendHead(OutgoingHead& head);
  // For filters, while they see the head: the body's bytes pass through it.
  void setBodyCoder(std::unique_ptr<BodyCoder> coder) { coder_ = std::move(coder); }
  // The body is to go through sendBody(): sendFile() and what else passes it by are not for this response.
  bool bodyIsCoded() const { return coder_ != nullptr; }
  // Body bytes, as far as they go now; see Downstream::sendBody.
  IoResult sendBody(std::string_view bytes, bool last);
  // REQUIRES: the body is not coded
  IoResult sendFile(const FileSlice& slice);
  // Ok when all of the body that was given is with the kernel.
  IoResult flushBody() { return coder_ ? coder_->flush(*downstream_) : downstream_->flush(); }
  // The body's bytes may go by a pipe: nobody looks at them on their way.
  bool mayPipeBody() const { return has_body_ && !bodyIsCoded() && downstream_->takesPipe(); }
  // See Downstream. REQUIRES: mayPipeBody()
  IoResult sendBodyFrom(std::string_view first, Pipe& pipe);
  // The response is complete: all of it is with the kernel.
  void finish() { state_ = State::Finished; }
  // The connection cannot carry another byte (the head is out and the body broke, or nobody is there).
  void abort(Failure failure);

  // ---- for the carrier
  // A request's first byte is there. REQUIRES: parser was reset
  void begin(Downstream& downstream, Instant started);
  // The head is complete at base: finds server and route and starts the answer. The runtime keeps the routes alive.
  void dispatch(const char* base, Ref<const Counted> runtime, const ListenerRoutes& routes);
  // The head is wrong, or does not come: answers that.
  // received: what came of it so far.
  void refuse(std::string_view received, Ref<const Counted> runtime, const ListenerRoutes& routes, Failure failure);
  void step();
  // The request's body is complete.
  void endBody() { body_received_ = loop_.now(); }
  // The connection became a relay, and ended so; the first to say it is believed.
  void endRelay(const Termination& how) {
    if (!relay_end_) relay_end_ = how;
  }
  bool finished() const { return state_ == State::Finished; }
  bool aborted() const { return state_ == State::Aborted; }
  bool dispatched() const { return server_ != nullptr; }
  // Logs, counts, lets go of everything. Ready for begin() again.
  void end();
  // Asks for another step at the end of this turn.
  void postStep() { loop_.post(*this); }

 private:
  enum class State : uint8_t {
    Answering,  // a handler, or the small body, is at work
    Finished,   // the response is complete
    Aborted,    // the connection must not carry another byte
  };

  void run() override;
  void enter(const char* base, Ref<const Counted> runtime, const VirtualServer& server);
  void resolveHost();
  bool resolveTarget();
  void resolveClient(const HttpSettings& http);
  bool mayBeRepeated() const;
  Cause whyNotAdmitted() const;
  void findRoute();
  bool mayRedirect();
  void replaceTarget(std::string_view path, std::optional<std::string_view> args);
  const ErrorPage* errorPageFor(uint16_t status) const;
  void followErrorPage(const ErrorPage& page);
  bool bodyIsWhole() const;
  void dropBody();
  void redirectToUrl();
  void answer();
  bool passFilters();
  void stepAnswer();
  void stepSmallBody();
  IoResult sendCoded(std::string_view bytes, bool last);
  void dropAnswer();
  void count();
  void note(Failure failure);
  void logFailure() const;
  Termination::Phase currentPhase() const;
  void clear();

  EventLoop& loop_;
  Downstream* downstream_ = nullptr;
  Ref<const Counted> runtime_;
  const VirtualServer* server_ = nullptr;
  const Route* route_ = nullptr;
  std::unique_ptr<Answer> answer_;
  Deadline read_deadline_;
  Deadline send_deadline_;

  const char* request_base_ = nullptr;
  std::string_view refused_line_;
  Target target_;
  std::string_view host_;
  std::string path_storage_;
  std::string args_storage_;
  std::string redirect_text_;  // where an internal redirect goes, while its path is taken apart
  std::string host_storage_;
  Address client_;
  std::array<char, 46> client_text_;
  size_t client_text_size_ = 0;
  Captures captures_;  // of the location
  Captures server_captures_;
  mutable std::array<char, 32> request_id_;
  mutable bool request_id_made_ = false;

  State state_ = State::Answering;
  uint16_t status_ = 0;
  bool head_sent_ = false;
  bool has_body_ = true;     // of the response
  bool small_body_ = false;  // respond() was used
  size_t small_sent_ = 0;
  std::string_view small_view_;  // of small_text_, or of small_owner_
  std::string small_text_;
  Ref<const Counted> small_owner_;
  std::unique_ptr<BodyCoder> coder_;
  uint8_t redirects_ = 0;
  LookupWaits lookups_;
  size_t next_filter_ = 0;  // of the route's, on the way in
  bool path_changed_ = false;
  bool error_page_ = false;
  bool came_early_ = false;
  bool as_get_ = false;
  bool body_dropped_ = false;  // the request's
  uint16_t page_status_ = 0;   // what the page of an error is answered with; 0: with its own
  std::string sent_type_;
  std::optional<uint64_t> sent_length_;
  FieldList added_;
  LimitHolds limit_holds_;
  std::string request_text_;
  std::string template_text_;
  std::string proxied_url_;
  std::vector<UpstreamAttempt> attempts_;
  const ResponseHead* upstream_head_ = nullptr;
  const char* upstream_base_ = nullptr;

  Instant started_{};
  Instant head_received_ = kNever;
  Instant body_received_ = kNever;
  Instant first_sent_ = kNever;
  Failure failure_;
  Termination::Phase failed_in_{};
  std::optional<Termination> relay_end_;
};

}  // namespace weir
