// SPDX-License-Identifier: Apache-2.0
#include "worker/net/connector.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"

namespace weir {
namespace {

struct Outcome : Connector::Owner {
  explicit Outcome(EventLoop& loop) : connector(std::make_unique<Connector>(loop, *this)) {}
  void onConnected(std::unique_ptr<TcpStream> connected) override {
    ++reports;
    stream = std::move(connected);
    if (ends_connector) connector.reset();
  }
  void onConnectFailed(Failure why) override {
    ++reports;
    failure = why;
    if (ends_connector) connector.reset();
  }

  std::unique_ptr<TcpStream> stream;
  Failure failure;
  int reports = 0;
  bool ends_connector = false;
  std::unique_ptr<Connector> connector;
};

// A port that nobody listens on, kept so by being bound.
struct ClosedPort {
  ClosedPort() : fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_storage storage;
    socklen_t size = Address::parse("127.0.0.1:0")->toSockaddr(storage);
    ::bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size);
  }
  Address address() const { return Address::local(fd.get()); }
  Fd fd;
};

}  // namespace

class ConnectorTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConnectorTest);
  CPPUNIT_TEST(connects);
  CPPUNIT_TEST(connectedStreamCarriesBytesAtOnce);
  CPPUNIT_TEST(connectsToAUnixSocket);
  CPPUNIT_TEST(bindsTheSource);
  CPPUNIT_TEST(refused);
  CPPUNIT_TEST(timeoutWhileTheBacklogIsFull);
  CPPUNIT_TEST(missingUnixSocket);
  CPPUNIT_TEST(unusableSource);
  CPPUNIT_TEST(tooLongUnixPath);
  CPPUNIT_TEST(cancelledIsSilentAndMayStartAgain);
  CPPUNIT_TEST(mayEndInItsReport);
  CPPUNIT_TEST_SUITE_END();

  EventLoop loop_;
  Outcome outcome_{loop_};
  ConnectOptions options_;

  void start(const Address& to) {
    outcome_.connector->start(to, options_);
    CPPUNIT_ASSERT_EQUAL(0, outcome_.reports);
  }
  bool reported() {
    return turnUntil(loop_, [&] { return outcome_.reports > 0; });
  }
  void assertFails(Cause cause) {
    CPPUNIT_ASSERT(reported());
    CPPUNIT_ASSERT_EQUAL(std::string(rowOf(cause).name), std::string(outcome_.failure.row().name));
    CPPUNIT_ASSERT(!outcome_.stream);
    for (int i = 0; i < 3; ++i) loop_.turn(Milliseconds{1});
    CPPUNIT_ASSERT_EQUAL(1, outcome_.reports);
  }
  void assertConnects() {
    CPPUNIT_ASSERT(reported());
    CPPUNIT_ASSERT_EQUAL(std::string("none"), std::string(outcome_.failure.row().name));
    CPPUNIT_ASSERT(outcome_.stream && outcome_.stream->writable());
  }
  static Fd accept(const Fd& listening) { return Fd(::accept(listening.get(), nullptr, nullptr)); }

 public:
  void connects() {
    Fd listening = listenOnLoopback();
    start(Address::local(listening.get()));
    CPPUNIT_ASSERT(outcome_.connector->running());
    assertConnects();
    CPPUNIT_ASSERT(!outcome_.connector->running());
    CPPUNIT_ASSERT(accept(listening));
  }

  void connectedStreamCarriesBytesAtOnce() {
    Fd listening = listenOnLoopback();
    start(Address::local(listening.get()));
    assertConnects();
    char hello[] = "hello";
    iovec part{hello, 5};
    CPPUNIT_ASSERT(outcome_.stream->send({&part, 1}).status == IoStatus::Ok);
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), receiveNow(accept(listening).get()));
  }

  void connectsToAUnixSocket() {
    std::string path = "/tmp/weir-connector-test-" + std::to_string(::getpid());
    Address address = *Address::parse("unix:" + path);
    Fd listening(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    socklen_t size = address.toSockaddr(storage);
    ::unlink(path.c_str());
    CPPUNIT_ASSERT(::bind(listening.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0);
    CPPUNIT_ASSERT(::listen(listening.get(), 4) == 0);
    start(address);
    assertConnects();
    ::unlink(path.c_str());
  }

  void bindsTheSource() {
    Fd listening = listenOnLoopback();
    options_.bind = Address::parse("127.0.0.2:0");
    start(Address::local(listening.get()));
    assertConnects();
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.2"), Address::remote(accept(listening).get()).ipString());
  }

  void refused() {
    ClosedPort closed;
    start(closed.address());
    assertFails(Cause::ConnectRefused);
    CPPUNIT_ASSERT_EQUAL(ECONNREFUSED, outcome_.failure.os_error);
  }

  // The kernel drops further SYNs then, as a dead host would.
  void timeoutWhileTheBacklogIsFull() {
    Fd listening = listenOnLoopback(0);
    Address address = Address::local(listening.get());
    std::vector<Fd> crowd;
    for (int i = 0; i < 4; ++i) crowd.push_back(connectTo(address));
    options_.timeout = Milliseconds{50};
    start(address);
    Instant begun = monotonicNow();
    assertFails(Cause::ConnectTimeout);
    CPPUNIT_ASSERT(monotonicNow() - begun >= Milliseconds{45});
  }

  void missingUnixSocket() {
    start(*Address::parse("unix:/tmp/weir-there-is-no-such-socket"));
    assertFails(Cause::ConnectFailed);
    CPPUNIT_ASSERT_EQUAL(ENOENT, outcome_.failure.os_error);
  }

  void unusableSource() {
    Fd listening = listenOnLoopback();
    options_.bind = Address::parse("192.0.2.1:0");  // RFC 5737: nobody has it
    start(Address::local(listening.get()));
    assertFails(Cause::ConnectFailed);
    CPPUNIT_ASSERT_EQUAL(EADDRNOTAVAIL, outcome_.failure.os_error);
  }

  void tooLongUnixPath() {
    if (auto address = Address::parse("unix:/" + std::string(200, 'x'))) {
      start(*address);
      assertFails(Cause::ConnectFailed);
    }
  }

  void cancelledIsSilentAndMayStartAgain() {
    ClosedPort closed;
    start(*Address::parse("unix:/tmp/weir-there-is-no-such-socket"));
    outcome_.connector->cancel();
    start(closed.address());
    outcome_.connector->cancel();
    CPPUNIT_ASSERT(!outcome_.connector->running());
    for (int i = 0; i < 3; ++i) loop_.turn(Milliseconds{5});
    CPPUNIT_ASSERT_EQUAL(0, outcome_.reports);
    Fd listening = listenOnLoopback();
    start(Address::local(listening.get()));
    assertConnects();
  }

  void mayEndInItsReport() {
    outcome_.ends_connector = true;
    ClosedPort closed;
    start(closed.address());
    assertFails(Cause::ConnectRefused);
    Outcome second(loop_);
    second.ends_connector = true;
    second.connector->start(*Address::parse("unix:/tmp/weir-there-is-no-such-socket"), options_);
    CPPUNIT_ASSERT(turnUntil(loop_, [&] { return second.reports == 1; }));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConnectorTest);

}  // namespace weir
