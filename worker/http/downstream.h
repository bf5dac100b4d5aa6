// SPDX-License-Identifier: Apache-2.0
#pragma once
// Downstream: what carries exchanges to a client, whatever the protocol. An Exchange asks it for the request's body and
// gives it the response; framing, keep-alive and the client's time limits are its business.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "shared/base/address.h"
#include "worker/codec/http_head.h"
#include "worker/http/body_reader.h"
#include "worker/http/body_sink.h"
#include "worker/http/field_list.h"
#include "worker/net/buffer.h"
#include "worker/net/client.h"
#include "worker/net/stream.h"

namespace weir {

class BodyPipe;
class Exchange;
class Pipe;
class TlsStream;

// A response head on its way out. Views live until sendHead() returns.
struct OutgoingHead {
  uint16_t status = 200;
  std::string_view reason{};  // the peer's; empty: the standard one
  // Fields that a peer sent, their lines at base: those that are endToEnd() and not in `hidden` are passed on.
  const char* base = nullptr;
  std::span<const HeaderField> forwarded{};
  HeaderSet hidden = 0;
  HeaderSet passed = 0;  // of Server and Date: the peer's stands, where there is one
  std::string_view content_type{};
  std::optional<uint64_t> content_length{};  // nullopt: not known before the end
  bool has_body = true;                      // false for HEAD, 204, 304: none is sent whatever the length says
  bool upgrade = false;                      // a 101 that turns the connection into a relay
};

class Downstream : public BodySink {
 public:
  // Stages the head; it leaves with the first body bytes, or at flush(). False: it is too large to be sent.
  virtual bool sendHead(Exchange& exchange, const OutgoingHead& head) = 0;
  // A field to be sent behind the body, where its framing has a place for it; before the body's last byte.
  virtual void addTrailer(std::string_view name, std::string_view value) = 0;
  // Takes a file's bytes instead, of a response whose length was announced. Ok with 0 bytes: the file has no more.
  virtual IoResult sendFile(const FileSlice& slice) = 0;
  // See Stream::limitUnsent().
  virtual void limitUnsent(uint32_t) {}
  // See Stream::cork(); where the location lets packets wait (tcp_nopush).
  virtual void cork(bool) {}
  // Whether body bytes may go by a pipe instead: nothing is to be put around them.
  virtual bool takesPipe() const = 0;
  // As sendBody(), these bytes and then those that a pipe holds; what was taken was taken from the front.
  // REQUIRES: takesPipe()
  virtual IoResult sendBodyFrom(std::string_view first, Pipe& pipe) = 0;

  // The request's body, decoded; see BodyReader.
  virtual BodyReader::Pull pullBody() = 0;
  virtual void consumeBody(size_t bytes) = 0;
  // How much of the body may be taken by a pipe: what is still with the client, where it needs no decoding; 0 when
  // pullBody() must be asked.
  virtual uint64_t pipableBody() const = 0;
  // As pullBody(), into an empty pipe; what it takes is consumed. Ok, Blocked, Closed (the client left in the middle)
  // or Failed. REQUIRES: pipableBody() > 0
  virtual IoResult pullBodyInto(BodyPipe& pipe) = 0;
  virtual bool bodyEnded() const = 0;
  // Nobody wants the request's body: what is here of it is thrown away, what still comes is the carrier's problem.
  virtual void discardBody() = 0;
  virtual uint64_t bodyReceived() const = 0;
  // The client has left: it ended its sending direction after its request. One that ended it together with the request
  // (half-closed, as `nc -N` does) still waits for the answer.
  virtual bool clientGone() = 0;
  // The client has reset right behind its request, which makes no event of its own: asking costs a system call.
  virtual bool clientReset() = 0;

  // After a 101: the connection's bytes belong to the other side from now on. Takes the upstream's stream with what was
  // read from it and not passed on; the exchange must be finished by its handler right after.
  virtual void upgradeTo(std::unique_ptr<Stream> upstream, Buffer leftover, Milliseconds idle_timeout) = 0;

  virtual const Address& remote() const = 0;
  virtual const ProxiedAddresses* proxied() const = 0;  // what its PROXY header says; null without
  virtual const Address& local() const = 0;
  virtual std::string_view scheme() const = 0;    // "http" or "https"
  virtual const TlsStream* tls() const = 0;       // null without
  virtual bool misplaced() const = 0;             // without TLS on a port that speaks it
  virtual std::string_view protocol() const = 0;  // "HTTP/1.1", of the current request
  virtual uint64_t connectionNumber() const = 0;  // unique within the worker
  virtual uint64_t requestNumber() const = 0;     // of this exchange on its connection, from 1
  virtual bool pipelined() const = 0;             // this request was there before the last one was answered
  virtual uint64_t bytesSent() const = 0;         // for this exchange, head and framing included
  virtual uint64_t headSize() const = 0;          // of sendHead(), and of 100 Continue before it
  virtual bool isChunked() const = 0;             // the body that sendHead() announced
  // Something to do for the current exchange: the carrier calls Exchange::step().
  virtual void wake() = 0;

 protected:
  ~Downstream() = default;
};

}  // namespace weir
