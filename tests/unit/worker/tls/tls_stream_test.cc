// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tls_stream.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"
#include "tests/unit/worker/tls/certificates.h"
#include "tests/unit/worker/upstream/fixture.h"
#include "worker/tls/openssl.h"
#include "worker/tls/tls_environment.h"

namespace weir {
namespace {

struct OneContext final : TlsServerChoice {
  Ref<const TlsContext> context;
  const TlsContext* forName(std::string_view name) const override {
    asked = name;
    return context.get();
  }
  mutable std::string asked;
};

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

}  // namespace

// Both ends are TlsStreams, on a pair of sockets, in one loop.
class TlsStreamTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TlsStreamTest);
  CPPUNIT_TEST(handshakeAgrees);
  CPPUNIT_TEST(keySharesAreForgotten);
  CPPUNIT_TEST(bytesPassBothWays);
  CPPUNIT_TEST(idleItHoldsNoBuffer);
  CPPUNIT_TEST(manyPartsAreOneStream);
  CPPUNIT_TEST(whatIsNotTakenIsOfferedAgain);
  CPPUNIT_TEST(aShortReadLeavesTheRest);
  CPPUNIT_TEST(endIsSaidAndHeard);
  CPPUNIT_TEST(anEndWithoutAWordIsAnErrorToTheConnectingSide);
  CPPUNIT_TEST(anEndWithoutAWordIsAnEndToTheServer);
  CPPUNIT_TEST(sessionsAreResumed);
  CPPUNIT_TEST(aRequestWithoutTlsIsKept);
  CPPUNIT_TEST(aStrangersCertificateIsRefused);
  CPPUNIT_TEST(anotherNameIsRefused);
  CPPUNIT_TEST(garbageFailsTheHandshake);
  CPPUNIT_TEST_SUITE_END();

  std::optional<SharedStats> stats_;
  EventLoop loop_;
  BufferPool pool_;
  std::optional<TlsEnvironment> tls_;
  OneContext choice_;
  Ref<TlsClientContext> client_context_;
  std::unique_ptr<TlsStream> server_, client_;
  TestCertificate certificate_ = selfSigned("DNS:a.example");
  ProxyTlsSettings proxy_;

  void connect(const char* name = "a.example") {
    auto [near, far] = tcpPair();
    server_ = std::make_unique<TlsStream>(*tls_, std::make_unique<TcpStream>(loop_, std::move(near)), choice_);
    client_ = std::make_unique<TlsStream>(*tls_, std::make_unique<TcpStream>(loop_, std::move(far)), client_context_,
                                          name, "peer");
  }
  // Both sides step until both are done; false when one fails.
  bool shakeHands() {
    TlsStream::Handshake server{}, client{};
    bool ended = turnUntil(loop_, [&] {
      client = client_->shakeHands();
      server = server_->shakeHands();
      return client != TlsStream::Handshake::Blocked && server != TlsStream::Handshake::Blocked;
    });
    return ended && client == TlsStream::Handshake::Done && server == TlsStream::Handshake::Done;
  }
  void establish() {
    connect();
    CPPUNIT_ASSERT(shakeHands());
  }
  static IoResult send(TlsStream& stream, std::string_view text) {
    iovec part{const_cast<char*>(text.data()), text.size()};
    return stream.send({&part, 1});
  }
  // Everything, while the other side reads; what it read.
  std::string pass(TlsStream& from, TlsStream& to, std::string_view text) {
    std::string got;
    size_t sent = 0;
    turnUntil(loop_, [&] {
      if (sent < text.size() && from.writable()) sent += send(from, text.substr(sent)).bytes;
      got += receive(to, 1 << 20);
      return got.size() >= text.size();
    });
    CPPUNIT_ASSERT_EQUAL(text.size(), sent);
    return got;
  }
  static std::string receive(TlsStream& stream, size_t size = 10000) {
    std::string text(size, '\0');
    IoResult got = stream.recv({text.data(), size});
    return got.status == IoStatus::Ok ? text.substr(0, got.bytes) : std::string();
  }
  IoStatus statusAfter(TlsStream& stream) {
    char byte;
    IoResult got{IoStatus::Blocked};
    turnUntil(loop_, [&] { return (got = stream.recv({&byte, 1})).status != IoStatus::Blocked; });
    return got.status;
  }

 public:
  void setUp() override {
    stats_.emplace();
    tls_.emplace(loop_, pool_, stats_->segment(), nullptr);
    Diagnostics diagnostics;
    TlsSettings settings;
    settings.certificate = {certificate_.chain};
    settings.certificate_key = {certificate_.key};
    settings.ecdh_curve = "auto";
    settings.buffer_size = {16384};
    settings.session_timeout = std::chrono::minutes(5);
    choice_.context = makeRef<TlsContext>(settings, "a", Origin{}, &*tls_, diagnostics);
    proxy_.trusted_certificate = certificate_.chain;
    client_context_ = tls_->clientContexts().obtain(proxy_, {}, diagnostics);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(diagnostics.formatAll(), false, diagnostics.hasErrors());
  }
  void tearDown() override {
    server_.reset();
    client_.reset();
    client_context_ = {};
    choice_.context = {};
    stats_.reset();
  }

  void handshakeAgrees() {
    establish();
    CPPUNIT_ASSERT_EQUAL(std::string("TLSv1.3"), std::string(server_->protocol()));
    CPPUNIT_ASSERT_EQUAL(std::string("a.example"), choice_.asked);
    CPPUNIT_ASSERT_EQUAL(std::string("a.example"), std::string(server_->serverName()));
    CPPUNIT_ASSERT(!server_->resumed());
    CPPUNIT_ASSERT(!server_->curve().empty() && !server_->cipher().empty());
  }
  void keySharesAreForgotten() {
    establish();
    for (const TlsStream* stream : {&*server_, &*client_}) {
      EVP_PKEY* key = nullptr;
      CPPUNIT_ASSERT_EQUAL(1L, SSL_get_tmp_key(stream->native(), &key));
      std::array<unsigned char, 64> bytes;
      size_t size = bytes.size();
      CPPUNIT_ASSERT(EVP_PKEY_get_raw_private_key(key, bytes.data(), &size) != 1);
      EVP_PKEY_free(key);
    }
    ERR_clear_error();
    CPPUNIT_ASSERT(!server_->curve().empty());
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), pass(*client_, *server_, "hello"));
  }
  void bytesPassBothWays() {
    establish();
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), pass(*client_, *server_, "hello"));
    CPPUNIT_ASSERT_EQUAL(std::string("world"), pass(*server_, *client_, "world"));
    std::string large = pattern(3'000'000);
    CPPUNIT_ASSERT(pass(*server_, *client_, large) == large);
    CPPUNIT_ASSERT(pass(*client_, *server_, large) == large);
  }
  void idleItHoldsNoBuffer() {
    establish();
    pass(*client_, *server_, pattern(100'000));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
  }
  void manyPartsAreOneStream() {
    establish();
    std::string a = "head", b, c = pattern(40'000), d = "tail";
    iovec parts[]{{a.data(), a.size()}, {b.data(), b.size()}, {c.data(), c.size()}, {d.data(), d.size()}};
    CPPUNIT_ASSERT_EQUAL(a.size() + c.size() + d.size(), server_->send(parts).bytes);
    std::string got;
    turnUntil(loop_, [&] { return (got += receive(*client_)).size() >= a.size() + c.size() + d.size(); });
    CPPUNIT_ASSERT(got == a + c + d);
  }
  // The kernel's buffers fill: bytes in records that wait are not reported, and must not go twice.
  void whatIsNotTakenIsOfferedAgain() {
    establish();
    setBufferSizes(server_->fd(), 20'000);
    setBufferSizes(client_->fd(), 20'000);
    std::string text = pattern(1'000'000), got;
    size_t sent = 0;
    bool waited = false;
    turnUntil(loop_, [&] {
      if (sent < text.size()) {
        IoResult result = send(*server_, std::string_view(text).substr(sent));
        sent += result.bytes;
        waited |= pool_.outstanding() > 0;
        CPPUNIT_ASSERT(result.status == IoStatus::Ok || result.status == IoStatus::Blocked);
      }
      got += receive(*client_, 30'000);
      return got.size() >= text.size() && sent == text.size();
    });
    CPPUNIT_ASSERT(waited);
    CPPUNIT_ASSERT(got == text);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
  }
  void aShortReadLeavesTheRest() {
    establish();
    send(*client_, "abcdef");
    turnUntil(loop_, [&] { return server_->readable(); });
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), receive(*server_, 2));
    CPPUNIT_ASSERT(server_->readable());
    CPPUNIT_ASSERT_EQUAL(std::string("cdef"), receive(*server_, 100));
    CPPUNIT_ASSERT(!server_->readable());
  }
  void endIsSaidAndHeard() {
    establish();
    server_->shutdownSend();
    CPPUNIT_ASSERT(statusAfter(*client_) == IoStatus::Closed);
    CPPUNIT_ASSERT(statusAfter(*client_) == IoStatus::Closed);
    // The other direction goes on.
    CPPUNIT_ASSERT_EQUAL(std::string("still"), pass(*client_, *server_, "still"));
  }
  void anEndWithoutAWordIsAnErrorToTheConnectingSide() {
    establish();
    ::shutdown(server_->fd(), SHUT_WR);
    CPPUNIT_ASSERT(statusAfter(*client_) == IoStatus::Failed);
  }
  void anEndWithoutAWordIsAnEndToTheServer() {
    establish();
    ::shutdown(client_->fd(), SHUT_WR);
    CPPUNIT_ASSERT(statusAfter(*server_) == IoStatus::Closed);
  }
  void sessionsAreResumed() {
    establish();
    pass(*server_, *client_, "x");  // the tickets came before it
    establish();
    CPPUNIT_ASSERT(server_->resumed());
    CPPUNIT_ASSERT(client_->resumed());
  }
  void aRequestWithoutTlsIsKept() {
    auto [near, far] = tcpPair();
    server_ = std::make_unique<TlsStream>(*tls_, std::make_unique<TcpStream>(loop_, std::move(near)), choice_);
    sendNow(far.get(), "GET / HTTP/1.1\r\n\r\n");
    turnUntil(loop_, [&] { return server_->shakeHands() == TlsStream::Handshake::Failed; });
    CPPUNIT_ASSERT(server_->fault() == HandshakeFault::PlainHttp);
    Buffer bytes;
    auto plain = server_->takePlain(bytes);
    CPPUNIT_ASSERT_EQUAL(std::string("GET / HTTP/1.1\r\n\r\n"), std::string(bytes.data()));
    loop_.turn(Milliseconds(0));
    CPPUNIT_ASSERT_EQUAL(std::string(), receiveNow(far.get()));
  }
  void aStrangersCertificateIsRefused() {
    Diagnostics diagnostics;
    proxy_.trusted_certificate = selfSigned("DNS:a.example").chain;
    client_context_ = tls_->clientContexts().obtain(proxy_, {}, diagnostics);
    connect();
    CPPUNIT_ASSERT(!shakeHands());
    CPPUNIT_ASSERT(client_->fault() == HandshakeFault::Certificate);
    CPPUNIT_ASSERT(server_->fault() == HandshakeFault::Alert);
    CPPUNIT_ASSERT(client_->faultText().find("self") != std::string::npos);
  }
  void anotherNameIsRefused() {
    connect("b.example");
    CPPUNIT_ASSERT(!shakeHands());
    CPPUNIT_ASSERT(client_->fault() == HandshakeFault::Certificate);
    CPPUNIT_ASSERT(client_->faultText().find("mismatch") != std::string::npos);
  }
  void garbageFailsTheHandshake() {
    auto [near, far] = tcpPair();
    server_ = std::make_unique<TlsStream>(*tls_, std::make_unique<TcpStream>(loop_, std::move(near)), choice_);
    sendNow(far.get(), std::string(100, '\x16'));
    turnUntil(loop_, [&] { return server_->shakeHands() == TlsStream::Handshake::Failed; });
    CPPUNIT_ASSERT(server_->fault() == HandshakeFault::Version || server_->fault() == HandshakeFault::Protocol);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TlsStreamTest);

}  // namespace weir
