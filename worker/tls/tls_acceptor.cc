// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tls_acceptor.h"

#include <utility>

#include "shared/base/log.h"
#include "worker/tls/tls_environment.h"

namespace weir {

// One connection's. Waits for its bytes, then for its turn, until it is done or its time is up.
class TlsAcceptor::Handshake final : public Retirable,
                                     public ListNode<Handshake>,
                                     public Recycled<Handshake>,
                                     Readiness::Listener,
                                     Deadline::Owner,
                                     HandshakeTurns::Waiting {
 public:
  Handshake(TlsAcceptor& acceptor, std::unique_ptr<TcpStream> stream, Client client, Ref<const Counted> runtime,
            const TlsServerChoice& choice)
      : acceptor_(acceptor),
        runtime_(std::move(runtime)),
        client_(std::move(client)),
        stream_(std::make_unique<TlsStream>(acceptor.environment_, std::move(stream), choice)),
        limit_(acceptor.environment_.loop(), *this),
        began_(acceptor.environment_.loop().now()) {
    stream_->setListener(this);
    limit_.armIn(stream_->context()->handshakeTimeout());
    // What came behind a PROXY header makes no edge of its own.
    if (stream_->readable()) onReady();
  }

  void fail(HandshakeFault fault, const std::string& text);
  void hurry(Milliseconds grace) { limit_.armIn(grace); }

 private:
  void onReady() override { acceptor_.environment_.turns().enqueue(*this); }
  void onDeadline(Deadline&) override { fail(HandshakeFault::Timeout, "not done within ssl_handshake_timeout"); }
  void takeTurn() override;
  void finish();
  void passPlain();

  TlsAcceptor& acceptor_;
  Ref<const Counted> runtime_;
  Client client_;
  std::unique_ptr<TlsStream> stream_;
  Deadline limit_;
  Instant began_;
};

void TlsAcceptor::Handshake::takeTurn() {
  switch (stream_->shakeHands()) {
    case TlsStream::Handshake::Blocked:
      return;
    case TlsStream::Handshake::Done:
      return finish();
    case TlsStream::Handshake::Failed:
      if (stream_->fault() == HandshakeFault::PlainHttp) return passPlain();
      return fail(stream_->fault(), stream_->faultText());
  }
}

void TlsAcceptor::Handshake::finish() {
  stream_->setListener(nullptr);
  acceptor_.metrics_.done(*stream_, acceptor_.environment_.loop().now() - began_);
  TlsAcceptor& acceptor = acceptor_;
  acceptor.over(*this);
  acceptor.owner_.onSecured(std::move(stream_), std::move(client_));
}

void TlsAcceptor::Handshake::passPlain() {
  acceptor_.metrics_.failed(HandshakeFault::PlainHttp);
  Buffer bytes;
  auto plain = stream_->takePlain(bytes);
  acceptor_.over(*this);
  acceptor_.owner_.onPlain(std::move(plain), std::move(bytes), std::move(client_));
}

void TlsAcceptor::Handshake::fail(HandshakeFault fault, const std::string& text) {
  stream_->setListener(nullptr);
  acceptor_.metrics_.failed(fault);
  WEIR_LOG(Info, "tls_{}: {}, client: {}, listener: {}", nameOf(fault), text, client_.address.toString(),
           acceptor_.name_);
  acceptor_.over(*this);
  acceptor_.owner_.onRefused();
}

TlsAcceptor::TlsAcceptor(TlsEnvironment& environment, const Address& listener, Owner& owner)
    : environment_(environment), name_(listener.toString()), owner_(owner), metrics_(environment.segment(), name_) {}

TlsAcceptor::~TlsAcceptor() { closeAll(); }

void TlsAcceptor::begin(std::unique_ptr<TcpStream> stream, Client client, Ref<const Counted> runtime,
                        const TlsServerChoice& choice) {
  handshakes_.pushBack(*new Handshake(*this, std::move(stream), std::move(client), std::move(runtime), choice));
}

bool TlsAcceptor::evict() {
  if (handshakes_.empty()) return false;
  handshakes_.front().fail(HandshakeFault::Evicted, "others need its connection");
  return true;
}

void TlsAcceptor::closeAll() {
  while (!handshakes_.empty()) handshakes_.front().fail(HandshakeFault::Stopped, "the worker is ending");
}

void TlsAcceptor::hurry(Milliseconds grace) {
  handshakes_.each([grace](Handshake& handshake) { handshake.hurry(grace); });
}

void TlsAcceptor::over(Handshake& handshake) {
  static_cast<ListNode<Handshake>&>(handshake).unlink();
  environment_.loop().retire(std::unique_ptr<Retirable>(&handshake));
}

}  // namespace weir
