// SPDX-License-Identifier: Apache-2.0
#pragma once
// ServerConnection: one downstream HTTP/1 connection. Reads request heads, carries their exchanges one after another,
// and ends in order: lingering until the client has read the last answer. Owned by its HttpListener's list.
// Idle, it holds no buffer and no request.

#include <memory>

#include "shared/base/failure.h"
#include "shared/base/list.h"
#include "shared/base/recycled.h"
#include "worker/event/deadline.h"
#include "worker/http/downstream.h"
#include "worker/net/buffer.h"
#include "worker/net/relay.h"
#include "worker/net/stream.h"

namespace weir {

struct ActiveRequest;
class HttpListener;
class TlsStream;
struct HttpSettings;

class ServerConnection final : public Retirable,
                               public ListNode<ServerConnection>,
                               public Recycled<ServerConnection>,
                               public Downstream,
                               public Stream::Listener,
                               public Deadline::Owner,
                               public Relay::Owner {
 public:
  ServerConnection(HttpListener& listener, std::unique_ptr<Stream> stream, Client client);
  ~ServerConnection() override;

  // The stream is this one, whose handshake is done; a request may have come with it.
  // With bytes that came already and make no edge, or a stream that is not watched.
  void begin() { pump(); }
  void beginSecured(const TlsStream& tls);
  // The port speaks TLS, and the client does not: what it sent is answered by a refusal.
  void beginMisplaced(Buffer bytes);

  // The worker is ending: an idle connection gets this long to send one more request, a busy one ends after its answer.
  void drain(Milliseconds grace);
  // Ends at once, whatever is going on.
  void close();
  bool relaying() const { return state_ == State::Relaying; }
  // Between requests, or before the first.
  bool isIdle() const { return betweenRequests(); }
  // A relay outlives the configuration it began with: its exchange is logged and let go.
  void releaseExchange();

 private:
  // Named for what is awaited.
  enum class State : uint8_t {
    Request,    // the head of the next request; idle until its first byte
    Exchange,   // the end of the current exchange
    Lingering,  // the client's end, after ours was sent
    Relaying,   // the end of an upgraded connection
    Ended,
  };
  enum class Progress : uint8_t { More, Blocked };

  // Downstream
  bool sendHead(Exchange& exchange, const OutgoingHead& head) override;
  IoResult sendBody(std::string_view bytes, bool last) override;
  void addTrailer(std::string_view name, std::string_view value) override;
  IoResult sendFile(const FileSlice& slice) override;
  void limitUnsent(uint32_t bytes) override { stream_->limitUnsent(bytes); }
  void cork(bool on) override;
  bool takesPipe() const override;
  IoResult sendBodyFrom(std::string_view first, Pipe& pipe) override;
  IoResult flush() override;
  BodyReader::Pull pullBody() override;
  void consumeBody(size_t bytes) override;
  uint64_t pipableBody() const override;
  IoResult pullBodyInto(BodyPipe& pipe) override;
  bool bodyEnded() const override;
  void discardBody() override;
  uint64_t bodyReceived() const override;
  bool clientGone() override;
  bool clientReset() override;
  void upgradeTo(std::unique_ptr<Stream> upstream, Buffer leftover, Milliseconds idle_timeout) override;
  const Address& remote() const override { return client_.address; }
  const ProxiedAddresses* proxied() const override { return client_.proxied.get(); }
  const Address& local() const override;
  std::string_view scheme() const override { return tls_ != nullptr ? "https" : "http"; }
  const TlsStream* tls() const override { return tls_; }
  bool misplaced() const override { return misplaced_; }
  std::string_view protocol() const override;
  uint64_t connectionNumber() const override { return number_; }
  uint64_t requestNumber() const override { return requests_; }
  bool pipelined() const override;
  uint64_t bytesSent() const override;
  uint64_t headSize() const override;
  bool isChunked() const override;
  void wake() override { pump(); }

  void onReady() override;
  void onDeadline(Deadline& deadline) override;
  void onRelayEnded(Relay& relay, RelayEnd end) override;

  void pump();
  Progress step();
  bool betweenRequests() const { return state_ == State::Request && !active_; }

  // State::Request
  Progress readRequest();
  Progress receiveHead();
  Progress awaitMore();
  Progress growHead();
  Progress headClosed();
  void beginRequest();
  void startExchange();
  void refuse(Failure failure);
  void takeBodyBuffer();
  void watchUnlessShort();

  // State::Exchange
  Progress stepExchange();
  Progress endExchange();
  // http(), or what the route of the active request says.
  const HttpSettings& settings() const;
  Progress nextRequest(Milliseconds keepalive_timeout);
  void keepPipelined();
  bool decideKeepAlive(const OutgoingHead& head);
  void decideFraming(const OutgoingHead& head, bool keep_alive);
  IoResult afterWrite(IoResult result, size_t offered);
  bool packetsMayWait() const;
  void awaitBody();
  void sendContinue();
  bool wasReset();
  IoResult receiveAhead();

  // State::Lingering
  Progress beginLingering(Milliseconds longest);
  Progress linger();

  void waitFor(Milliseconds wait) { deadline_.armIn(wait); }
  const HttpSettings& http() const;

  HttpListener& listener_;
  std::unique_ptr<Stream> stream_;
  std::unique_ptr<ActiveRequest> active_;  // from a request's first byte to the end of its exchange
  std::unique_ptr<Relay> relay_;
  const TlsStream* tls_ = nullptr;  // the stream, wherever it is now; null without TLS
  Buffer in_;                       // request heads, and what came behind them
  Deadline deadline_;
  Instant opened_;
  Instant linger_until_{};
  Client client_;
  std::unique_ptr<Address> local_;  // asked for when needed
  uint64_t number_;
  uint32_t requests_ = 0;
  std::chrono::duration<uint32_t, std::milli> lingering_timeout_{};
  State state_ = State::Request;
  bool pumping_ = false;
  bool draining_ = false;
  bool unseen_;             // no event yet of a stream that was not watched
  bool misplaced_ = false;  // without TLS on a port that speaks it
};

}  // namespace weir
