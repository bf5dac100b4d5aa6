// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/connection_pool.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class ConnectionPoolTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(ConnectionPoolTest);
  CPPUNIT_TEST(theMostRecentlyUsedIsTakenFirst);
  CPPUNIT_TEST(eachPeerHasItsOwn);
  CPPUNIT_TEST(onlyTheSameTransportFits);
  CPPUNIT_TEST(pastTheLimitTheOldestOfAllPeersIsClosed);
  CPPUNIT_TEST(aLowerLimitClosesTheOldest);
  CPPUNIT_TEST(zeroKeepsNone);
  CPPUNIT_TEST(requestsAreLimited);
  CPPUNIT_TEST(ageIsLimited);
  CPPUNIT_TEST(idleTimeIsLimited);
  CPPUNIT_TEST(useEndsTheIdleTime);
  CPPUNIT_TEST(aByteOnAnIdleConnectionClosesIt);
  CPPUNIT_TEST(theEndOfAnIdleConnectionClosesIt);
  CPPUNIT_TEST(leftOverBytesAreNotKept);
  CPPUNIT_TEST(anEndThatCameBeforeIsNotKept);
  CPPUNIT_TEST(anEdgeForBytesAlreadyReadClosesNothing);
  CPPUNIT_TEST(whatBecameReadableIsNotHandedOut);
  CPPUNIT_TEST(aPeerThatIsNotListedKeepsNone);
  CPPUNIT_TEST(theGaugeCountsTheIdle);
  CPPUNIT_TEST_SUITE_END();

  std::optional<EventLoop> loop_;
  std::optional<ConnectionPool> pool_;
  Ref<Peer> a_, b_;

  PoolLimits limits_{.idle = 3};

  void limit(const PoolLimits& limits) { pool_->setLimits(limits_ = limits); }
  // Leaves the connection in the pool as after a request.
  void keep(Peer& peer, Wire& wire, uint32_t transport = 0) {
    settle(*loop_);
    pool_->keep(peer, std::make_unique<PeerConnection>(*loop_, std::move(wire.stream), transport, loop_->now()));
    settle(*loop_);
  }
  // The descriptor at the near end of what the pool hands out; it is closed then. -1: nothing.
  int taken(Peer& peer, uint32_t transport = 0) {
    auto connection = pool_->take(peer, transport);
    return connection == nullptr ? -1 : connection->stream().fd();
  }

 public:
  void setUp() override {
    UpstreamFixture::setUp();
    loop_.emplace();
    pool_.emplace(*loop_);
    limit({.idle = 3});
    a_ = makeRef<Peer>("app", peerAddress('a'), stats().segment());
    b_ = makeRef<Peer>("app", peerAddress('b'), stats().segment());
    a_->setListed(true);
    b_->setListed(true);
  }
  void tearDown() override {
    pool_.reset();
    a_ = b_ = {};
    loop_.reset();
    UpstreamFixture::tearDown();
  }

  void theMostRecentlyUsedIsTakenFirst() {  // S-25
    Wire first(*loop_), second(*loop_);
    const int first_fd = first.stream->fd(), second_fd = second.stream->fd();
    keep(*a_, first);
    keep(*a_, second);
    CPPUNIT_ASSERT_EQUAL(second_fd, taken(*a_));
    CPPUNIT_ASSERT_EQUAL(first_fd, taken(*a_));
    CPPUNIT_ASSERT_EQUAL(-1, taken(*a_));
  }

  void eachPeerHasItsOwn() {
    Wire wire(*loop_);
    const int fd = wire.stream->fd();
    keep(*a_, wire);
    CPPUNIT_ASSERT_EQUAL(-1, taken(*b_));
    CPPUNIT_ASSERT_EQUAL(fd, taken(*a_));
  }

  void onlyTheSameTransportFits() {  // S-25: the key holds the source address
    Wire plain(*loop_), bound(*loop_);
    const int plain_fd = plain.stream->fd();
    keep(*a_, plain, 0);
    keep(*a_, bound, 1);
    CPPUNIT_ASSERT_EQUAL(plain_fd, taken(*a_, 0));
    CPPUNIT_ASSERT_EQUAL(-1, taken(*a_, 0));
    CPPUNIT_ASSERT(bound.open());
  }

  void pastTheLimitTheOldestOfAllPeersIsClosed() {  // S-25: evict LRU
    Wire oldest(*loop_), second(*loop_), third(*loop_), fourth(*loop_);
    keep(*a_, oldest);
    keep(*b_, second);
    keep(*b_, third);
    keep(*b_, fourth);
    CPPUNIT_ASSERT(!oldest.open());
    CPPUNIT_ASSERT(second.open() && third.open() && fourth.open());
    CPPUNIT_ASSERT_EQUAL(size_t{3}, pool_->size());
  }

  void aLowerLimitClosesTheOldest() {
    Wire first(*loop_), second(*loop_);
    keep(*a_, first);
    keep(*a_, second);
    limit({.idle = 1});
    settle(*loop_);
    CPPUNIT_ASSERT(!first.open());
    CPPUNIT_ASSERT(second.open());
  }

  void zeroKeepsNone() {
    limit({.idle = 0});
    Wire wire(*loop_);
    keep(*a_, wire);
    CPPUNIT_ASSERT(!wire.open());
  }

  void requestsAreLimited() {  // keepalive_requests
    limit({.idle = 3, .requests = 2});
    Wire wire(*loop_);
    keep(*a_, wire);
    auto connection = pool_->take(*a_, 0);
    CPPUNIT_ASSERT_EQUAL(uint32_t{1}, connection->requests());
    pool_->keep(*a_, std::move(connection));
    settle(*loop_);
    CPPUNIT_ASSERT(!wire.open());
  }

  void ageIsLimited() {  // keepalive_time
    limit({.idle = 3, .age = Milliseconds(1000)});
    Wire young(*loop_), old(*loop_);
    keep(*a_, young);
    settle(*loop_);
    const Instant made = loop_->now() - Milliseconds(1001);
    pool_->keep(*a_, std::make_unique<PeerConnection>(*loop_, std::move(old.stream), 0, made));
    settle(*loop_);
    CPPUNIT_ASSERT(young.open());
    CPPUNIT_ASSERT(!old.open());
  }

  void idleTimeIsLimited() {  // keepalive_timeout
    limit({.idle = 3, .timeout = Milliseconds(1)});
    Wire wire(*loop_);
    keep(*a_, wire);
    for (int i = 0; i < 100 && pool_->size() > 0; ++i) loop_->turn(Milliseconds(10));
    settle(*loop_);
    CPPUNIT_ASSERT(!wire.open());
  }

  void useEndsTheIdleTime() {
    limit({.idle = 3, .timeout = Milliseconds(20)});
    Wire used(*loop_), idle(*loop_);
    keep(*a_, used);
    keep(*b_, idle);
    auto connection = pool_->take(*a_, 0);
    CPPUNIT_ASSERT(connection != nullptr);
    for (int i = 0; i < 100 && pool_->size() > 0; ++i) loop_->turn(Milliseconds(10));
    settle(*loop_);
    CPPUNIT_ASSERT(used.open());
    CPPUNIT_ASSERT(!idle.open());
  }

  void aByteOnAnIdleConnectionClosesIt() {  // S-25
    Wire wire(*loop_);
    keep(*a_, wire);
    sendNow(wire.far.get(), "!");
    settle(*loop_);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_->size());
    CPPUNIT_ASSERT(!wire.open());
  }

  void theEndOfAnIdleConnectionClosesIt() {  // S-25
    Wire wire(*loop_);
    keep(*a_, wire);
    ::shutdown(wire.far.get(), SHUT_WR);
    settle(*loop_);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_->size());
    CPPUNIT_ASSERT(!wire.open());
  }

  void leftOverBytesAreNotKept() {  // S-25: else the next response is out of step
    Wire wire(*loop_);
    sendNow(wire.far.get(), "HTTP/1.1 200 OK");
    keep(*a_, wire);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_->size());
  }

  void anEndThatCameBeforeIsNotKept() {
    Wire wire(*loop_, tcpPair());
    ::shutdown(wire.far.get(), SHUT_WR);
    keep(*a_, wire);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_->size());
  }

  void anEdgeForBytesAlreadyReadClosesNothing() {
    Wire wire(*loop_);
    settle(*loop_);
    sendNow(wire.far.get(), "response");
    char response[8];
    wire.stream->recv(response);  // the edge is still to come
    TcpStream& stream = *wire.stream;
    pool_->keep(*a_, std::make_unique<PeerConnection>(*loop_, std::move(wire.stream), 0, loop_->now()));
    settle(*loop_);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, pool_->size());
    CPPUNIT_ASSERT(!stream.readable());
    const int fd = stream.fd();
    CPPUNIT_ASSERT_EQUAL(fd, taken(*a_));
  }

  void whatBecameReadableIsNotHandedOut() {
    Wire wire(*loop_);
    settle(*loop_);
    TcpStream& stream = *wire.stream;
    pool_->keep(*a_, std::make_unique<PeerConnection>(*loop_, std::move(wire.stream), 0, loop_->now()));
    sendNow(wire.far.get(), "!");
    stream.setListener(nullptr);  // the edge is remembered, and nobody told
    settle(*loop_);
    CPPUNIT_ASSERT(stream.readable());
    CPPUNIT_ASSERT_EQUAL(-1, taken(*a_));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_->size());
  }

  void aPeerThatIsNotListedKeepsNone() {
    Wire wire(*loop_);
    a_->setListed(false);
    keep(*a_, wire);
    CPPUNIT_ASSERT(!wire.open());
  }

  void theGaugeCountsTheIdle() {
    const LabelValues labels{"app", a_->name(), "idle"};
    Wire first(*loop_), second(*loop_);
    keep(*a_, first);
    keep(*a_, second);
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, stats().sum(Metric::UpstreamConnections, labels));
    taken(*a_);
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, stats().sum(Metric::UpstreamConnections, labels));
    pool_->closeIdle(*a_);
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, stats().sum(Metric::UpstreamConnections, labels));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ConnectionPoolTest);

}  // namespace weir
