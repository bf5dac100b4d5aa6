// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProxyAnswer: one exchange passed to a peer of an upstream, and its answer passed back; with tries at other peers
// while nothing was promised to the client. Two half-machines, request and response, run until both say Blocked.
// Belongs to its Exchange.

#include <memory>

#include "shared/base/recycled.h"
#include "shared/base/reused.h"
#include "worker/codec/http1_response.h"
#include "worker/event/deadline.h"
#include "worker/http/body_pipe.h"
#include "worker/http/body_reader.h"
#include "worker/http/handler.h"
#include "worker/http/handlers/retry_policy.h"
#include "worker/http/message_writer.h"
#include "worker/net/buffer.h"
#include "worker/net/connector.h"
#include "worker/tls/tls_client_handshake.h"
#include "worker/upstream/lease.h"
#include "worker/upstream/retry_budget.h"
#include "worker/upstream/tried_peers.h"
#include "worker/upstream/upstream.h"

namespace weir {

class Exchange;
struct OutgoingHead;
class ReverseProxy;
struct UpstreamAttempt;

class ProxyAnswer final : public Answer,
                          public Recycled<ProxyAnswer>,
                          public Stream::Listener,
                          public Connector::Owner,
                          public TlsClientHandshake::Owner,
                          public Deadline::Owner {
 public:
  ProxyAnswer(const ReverseProxy& proxy, Exchange& exchange);

  // The first try. May end the exchange at once.
  void start();
  void step() override;
  void cancel() override;

 private:
  // Named for what is awaited.
  enum class RequestState : uint8_t {
    Connection,  // a stream to a peer
    Body,        // request bytes from the client, or room for them at the peer
    Sent,        // nothing: the request is with the peer, or the peer takes no more of it
  };
  enum class ResponseState : uint8_t {
    Head,   // the peer's response head
    Body,   // response bytes from the peer, or room for them at the client
    Flush,  // the client's taking the last of it
    Over,   // nothing: the exchange was told
  };
  enum class Progress : uint8_t { More, Blocked };

  void onReady() override;
  void onConnected(std::unique_ptr<TcpStream> stream) override;
  void onConnectFailed(Failure failure) override;
  void onHandshaken(std::unique_ptr<TlsStream> stream) override;
  void onHandshakeFailed(Failure failure) override;
  void streamIsThere(std::unique_ptr<Stream> stream);
  void onDeadline(Deadline& deadline) override;

  // Tries
  void beginTry(Lease lease);
  void begin(bool reused);
  void tryFailed(Failure failure);
  bool retry(Cause cause, uint16_t status);
  Lease nextLease();
  void endTry();
  void over(Failure failure);

  // The request half
  void stepRequest();
  Progress sendRequest();
  Progress pullRequest();
  bool mayPipeRequest();
  Progress pipeRequest();
  Progress requestWritten(IoResult result, size_t offered);
  void requestSourceFailed(BodyReader::Status status, int os_error);

  // The response half
  void stepResponse();
  Progress readHead();
  Progress receive();
  Progress headComplete();
  Progress interim();
  Progress forwardHead();
  void fillHead(OutgoingHead& out);
  void addRedirects();
  void addRedirect(HeaderId id);
  void keepHead();
  Progress readBody();
  Progress passBody();
  void enlargeBuffer();
  bool mayPipeResponse();
  Progress pipeResponse();
  Progress awaitPeer();
  Progress responseSourceFailed(const BodyReader::Pull& pull);
  void passTrailers();
  Progress bodyForwarded();
  Progress flushClient();
  Progress upgrade();
  void releasePeer();

  Stream& peer() { return lease_.stream(); }
  UpstreamAttempt& attempt();
  Instant now() const;

  const ReverseProxy& proxy_;
  Exchange& exchange_;
  Ref<Upstream> upstream_;
  Ref<PeerSet> peers_;
  TriedPeers tried_;
  RetryPermit permit_;
  Lease lease_;
  Connector connector_;
  const TlsClientSetup* tls_ = nullptr;  // null: without TLS
  std::unique_ptr<TlsClientHandshake> handshake_;
  Deadline& read_deadline_;
  Deadline& send_deadline_;

  MessageWriter writer_;  // the request
  Buffer buffer_;         // the response, as it arrives
  Buffer head_;           // the response head, once buffer_ is needed for the body
  BodyReader reader_;     // the response body
  BodyPipe request_pipe_;
  BodyPipe response_pipe_;
  Reused<ResponseParser> parser_;

  Instant started_;
  uint32_t tries_ = 0;
  bool stale_ = false;  // a try failed on a stale connection: one more is free
  bool upgrading_ = false;
  bool ask_again_ = false;  // a reset behind the bytes read last would make no edge
  bool begun_ = false;      // a try got its stream, and its request half has not run yet
  bool trailers_passed_ = false;
  RequestState request_ = RequestState::Connection;
  ResponseState response_ = ResponseState::Head;
};

}  // namespace weir
