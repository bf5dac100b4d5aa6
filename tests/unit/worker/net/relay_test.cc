// SPDX-License-Identifier: Apache-2.0
#include "worker/net/relay.h"

#include <cppunit/extensions/HelperMacros.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/worker/net/relay_fixture.h"

namespace weir {

class RelayTest : public RelayFixture {
  CPPUNIT_TEST_SUITE(RelayTest);
  CPPUNIT_TEST(copiesBothWays);
  CPPUNIT_TEST(holdsNoBufferWhileIdle);
  CPPUNIT_TEST(owedBytesGoFirst);
  CPPUNIT_TEST(owedBytesMayBeMoreThanABuffer);
  CPPUNIT_TEST(muchBothWaysPastSlowReaders);
  CPPUNIT_TEST(readsNothingWhileTheOtherSideTakesNothing);
  CPPUNIT_TEST(downstreamEndsFirst);
  CPPUNIT_TEST(upstreamEndsFirst);
  CPPUNIT_TEST(theEndLeavesWithTheLastBytes);
  CPPUNIT_TEST(bothEndAtOnce);
  CPPUNIT_TEST(endIsPassedOnBehindAllBytes);
  CPPUNIT_TEST(withoutHalfCloseOneEndEndsBoth);
  CPPUNIT_TEST(withoutHalfCloseWhatWasReadIsDelivered);
  CPPUNIT_TEST(resetIsPassedOn);
  CPPUNIT_TEST(resetRightBehindBytesIsSeen);
  CPPUNIT_TEST(whatWasSaidBeforeTheResetIsDelivered);
  CPPUNIT_TEST(urgentMarkHoldsNothingUp);
  CPPUNIT_TEST(idleTimeout);
  CPPUNIT_TEST(trafficPutsTheTimeoutOff);
  CPPUNIT_TEST(timeoutBlamesWhoDoesNotTake);
  CPPUNIT_TEST(halfClosedHasItsOwnTimeout);
  CPPUNIT_TEST(endClosesBoth);
  CPPUNIT_TEST(budgetLeavesOthersTheirTurn);
  CPPUNIT_TEST(countsPerDirection);
  CPPUNIT_TEST(mayBeDestroyedAtAnyTime);
  CPPUNIT_TEST(aRateHoldsABulkBack);
  CPPUNIT_TEST_SUITE_END();

 public:
  void copiesBothWays() {
    start();
    for (int i = 0; i < 3; ++i) {
      sendNow(client_.get(), "ping");
      CPPUNIT_ASSERT_EQUAL(std::string("ping"), expect(server_, 4));
      sendNow(server_.get(), "pong!");
      CPPUNIT_ASSERT_EQUAL(std::string("pong!"), expect(client_, 5));
    }
    CPPUNIT_ASSERT_EQUAL(0, ends_);
  }

  void holdsNoBufferWhileIdle() {
    start();
    sendNow(client_.get(), "ping");
    expect(server_, 4);
    turns();
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
  }

  void owedBytesGoFirst() {
    sendNow(client_.get(), "CD");
    sendNow(server_.get(), "cd");
    start("AB", "ab");
    CPPUNIT_ASSERT_EQUAL(std::string("ABCD"), expect(server_, 4));
    CPPUNIT_ASSERT_EQUAL(std::string("abcd"), expect(client_, 4));
  }

  void owedBytesMayBeMoreThanABuffer() {
    std::string owed = Pattern(3).piece(0, 100'000);
    start(owed);
    CPPUNIT_ASSERT(expect(server_, owed.size()) == owed);
  }

  // 64 MiB each way, the readers taking little at a time: every byte right, memory bounded by two buffers.
  void muchBothWaysPastSlowReaders() {
    constexpr uint64_t kTotal = 64 << 20;
    start();
    Flow up{client_.get(), server_.get(), Pattern(1), kTotal};
    Flow down{server_.get(), client_.get(), Pattern(2), kTotal};
    size_t peak = 0;
    for (int round = 0; round < 1'000'000 && !(up.done() && down.done()); ++round) {
      up.send(200'000);
      down.send(150'000);
      loop_.turn(Milliseconds{0});
      peak = std::max(peak, pool_.outstandingBytes());
      up.receive(round % 7 == 0 ? 300'000 : 20'000);
      down.receive(round % 5 == 0 ? 300'000 : 30'000);
    }
    CPPUNIT_ASSERT(up.done() && down.done());
    CPPUNIT_ASSERT(up.intact && down.intact);
    CPPUNIT_ASSERT(peak <= 2 * BufferPool::kMedium);
    CPPUNIT_ASSERT_EQUAL(kTotal, relay_->bytesFrom(RelaySide::Downstream));
    CPPUNIT_ASSERT_EQUAL(kTotal, relay_->bytesFrom(RelaySide::Upstream));
  }

  void readsNothingWhileTheOtherSideTakesNothing() {
    shrinkBuffers();
    start();
    fillUp();
    CPPUNIT_ASSERT_EQUAL(size_t{1}, pool_.outstanding() + pipes_.outstanding());
    // The kernel finds a little room when a delayed acknowledgement comes; the relay has none of its own.
    uint64_t moved = relay_->bytesFrom(RelaySide::Downstream);
    for (int i = 0; i < 100; ++i) {
      sendNow(client_.get(), std::string(1 << 16, 'x'));
      turns(1);
    }
    CPPUNIT_ASSERT(relay_->bytesFrom(RelaySide::Downstream) - moved <= BufferPool::kMedium);
    // The other direction is not concerned.
    sendNow(server_.get(), "pong");
    CPPUNIT_ASSERT_EQUAL(std::string("pong"), expect(client_, 4));
  }

  // S-50: an end is passed on, and the other direction goes on.
  void downstreamEndsFirst() {
    start();
    sendNow(client_.get(), "request");
    ::shutdown(client_.get(), SHUT_WR);
    CPPUNIT_ASSERT_EQUAL(std::string("request"), expect(server_, 7));
    CPPUNIT_ASSERT(endArrives(server_));
    CPPUNIT_ASSERT_EQUAL(0, ends_);
    sendNow(server_.get(), "response");
    server_.reset();
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT_EQUAL(std::string("response"), expect(client_, 8));
    CPPUNIT_ASSERT(atEnd(client_.get()));
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::Complete && how_.who == RelaySide::Downstream);
  }

  void upstreamEndsFirst() {
    start();
    sendNow(server_.get(), "greeting");
    ::shutdown(server_.get(), SHUT_WR);
    CPPUNIT_ASSERT_EQUAL(std::string("greeting"), expect(client_, 8));
    CPPUNIT_ASSERT(endArrives(client_));
    sendNow(client_.get(), "more");
    CPPUNIT_ASSERT_EQUAL(std::string("more"), expect(server_, 4));
    client_.reset();
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT(endArrives(server_));
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::Complete && how_.who == RelaySide::Upstream);
  }

  // Segments that have arrived (tcp(7), TCP_INFO).
  static uint32_t arrived(const Fd& fd) {
    tcp_info info{};
    socklen_t size = sizeof info;
    ::getsockopt(fd.get(), IPPROTO_TCP, TCP_INFO, &info, &size);
    return info.tcpi_segs_in;
  }

  void theEndLeavesWithTheLastBytes() {
    start();
    turns();
    uint32_t before = arrived(client_);
    sendNow(server_.get(), "answer");
    ::shutdown(server_.get(), SHUT_WR);
    CPPUNIT_ASSERT_EQUAL(std::string("answer"), expect(client_, 6));
    CPPUNIT_ASSERT(endArrives(client_));
    CPPUNIT_ASSERT_EQUAL(before + 1, arrived(client_));
  }

  void bothEndAtOnce() {
    sendNow(client_.get(), "a");
    sendNow(server_.get(), "b");
    ::shutdown(client_.get(), SHUT_WR);
    ::shutdown(server_.get(), SHUT_WR);
    start();
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::Complete);
    CPPUNIT_ASSERT_EQUAL(std::string("a"), expect(server_, 1));
    CPPUNIT_ASSERT_EQUAL(std::string("b"), expect(client_, 1));
  }

  void endIsPassedOnBehindAllBytes() {
    shrinkBuffers();
    Flow up{client_.get(), server_.get(), Pattern(9), 100'000};
    start();
    turnUntil(loop_, [&] {
      up.send(50'000);
      if (up.sent == up.total) ::shutdown(client_.get(), SHUT_WR);
      up.receive(30'000);
      return up.done();
    });
    CPPUNIT_ASSERT(up.done() && up.intact);
    CPPUNIT_ASSERT(endArrives(server_));
  }

  // S-50: nginx's proxy_half_close off.
  void withoutHalfCloseOneEndEndsBoth() {
    options_.half_close = false;
    start();
    sendNow(client_.get(), "last");
    ::shutdown(client_.get(), SHUT_WR);
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT_EQUAL(std::string("last"), expect(server_, 4));
    CPPUNIT_ASSERT(endArrives(server_));
    CPPUNIT_ASSERT(endArrives(client_));
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::Complete && how_.who == RelaySide::Downstream);
  }

  void withoutHalfCloseWhatWasReadIsDelivered() {
    options_.half_close = false;
    shrinkBuffers();
    start();
    fillUp();
    uint64_t taken = relay_->bytesFrom(RelaySide::Downstream) + BufferPool::kMedium;
    ::shutdown(server_.get(), SHUT_WR);
    turns();
    CPPUNIT_ASSERT_EQUAL(0, ends_);
    uint64_t received = 0;
    CPPUNIT_ASSERT(turnUntil(loop_, [&] { return (received += receiveNow(server_.get()).size(), ends_ > 0); }));
    turnUntil(
        loop_, [&] { return (received += receiveNow(server_.get()).size()) >= taken; }, Milliseconds{100});
    CPPUNIT_ASSERT(received > 0 && received <= taken);
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::Complete && how_.who == RelaySide::Upstream);
  }

  // S-50: RST on one side, RST on the other.
  void resetIsPassedOn() {
    start();
    sendNow(client_.get(), "x");
    expect(server_, 1);
    closeWithReset(std::move(server_));
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::Failed && how_.who == RelaySide::Upstream);
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, how_.os_error);
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, receiveError(client_.get()));
  }

  // epoll tells both in one event: without a second read the reset would wait for the idle timeout.
  void resetRightBehindBytesIsSeen() {
    start();
    turns();
    sendNow(client_.get(), "abc");
    closeWithReset(std::move(client_));
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::Failed && how_.who == RelaySide::Downstream);
    CPPUNIT_ASSERT_EQUAL(std::string("abc"), receiveNow(server_.get(), 3));
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, receiveError(server_.get()));
  }

  // A server that refuses in the middle of an upload, and closes with bytes unread.
  void whatWasSaidBeforeTheResetIsDelivered() {
    shrinkBuffers();
    start();
    fillUp();
    sendNow(server_.get(), "refused");
    server_.reset();
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::Failed && how_.who == RelaySide::Upstream);
    CPPUNIT_ASSERT_EQUAL(std::string("refused"), receiveNow(client_.get(), 7));
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, receiveError(client_.get()));
  }

  // tcp(7): a read stops at the urgent mark, and looks like a short one.
  void urgentMarkHoldsNothingUp() {
    start();
    turns();
    sendNow(client_.get(), "ab");
    CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::send(client_.get(), "!", 1, MSG_OOB));
    sendNow(client_.get(), "cd");
    CPPUNIT_ASSERT_EQUAL(std::string("abcd"), expect(server_, 4));
  }

  void idleTimeout() {
    options_.idle_timeout = Milliseconds{30};
    start();
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::IdleTimeout && how_.who == RelaySide::Downstream);
    CPPUNIT_ASSERT(endArrives(client_) && endArrives(server_));
  }

  void trafficPutsTheTimeoutOff() {
    options_.idle_timeout = Milliseconds{60};
    start();
    Instant begun = monotonicNow();
    Instant last = begun;
    while (monotonicNow() - begun < Milliseconds{150}) {
      if (monotonicNow() - last > Milliseconds{10}) {
        sendNow(client_.get(), "x");
        last = monotonicNow();
      }
      loop_.turn(Milliseconds{5});
      CPPUNIT_ASSERT_EQUAL(0, ends_);
    }
    CPPUNIT_ASSERT(ended());
  }

  // The close is a reset then: half of the bytes must not look like all of them.
  void timeoutBlamesWhoDoesNotTake() {
    options_.idle_timeout = Milliseconds{200};
    shrinkBuffers();
    start();
    fillUp();
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::IdleTimeout && how_.who == RelaySide::Upstream);
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, howItEnds(server_.get()));
  }

  void halfClosedHasItsOwnTimeout() {
    options_.half_closed_timeout = Milliseconds{30};
    start();
    turns(40);
    CPPUNIT_ASSERT_EQUAL(0, ends_);
    ::shutdown(client_.get(), SHUT_WR);
    CPPUNIT_ASSERT(ended());
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::IdleTimeout);
  }

  void endClosesBoth() {
    start();
    turns();
    relay_->end();
    CPPUNIT_ASSERT_EQUAL(1, ends_);
    CPPUNIT_ASSERT(how_.why == RelayEnd::Why::Closed);
    CPPUNIT_ASSERT(endArrives(client_) && endArrives(server_));
  }

  void budgetLeavesOthersTheirTurn() {
    connect(unixPair(), unixPair());
    for (int fd : {client_.get(), up_->fd()}) setBufferSizes(fd, 1 << 20);
    options_.turn_budget = 32 * 1024;
    start();
    turns(2);
    size_t sent = sendNow(client_.get(), std::string(150'000, 'x'));
    CPPUNIT_ASSERT(sent > 5 * options_.turn_budget / 2);
    loop_.turn(Milliseconds{20});
    // One budget for the event, one for the turn's task.
    CPPUNIT_ASSERT(relay_->bytesFrom(RelaySide::Downstream) <= 2 * options_.turn_budget);
    CPPUNIT_ASSERT(relay_->bytesFrom(RelaySide::Downstream) > 0);
    CPPUNIT_ASSERT_EQUAL(sent, expect(server_, sent).size());
  }

  void countsPerDirection() {
    int64_t from = stats::value(kFromCell), to = stats::value(kToCell);
    options_.from_downstream = kFromCell;
    options_.to_downstream = kToCell;
    start("owed");
    sendNow(client_.get(), "12345");
    expect(server_, 9);
    sendNow(server_.get(), "123");
    expect(client_, 3);
    CPPUNIT_ASSERT_EQUAL(uint64_t{9}, relay_->bytesFrom(RelaySide::Downstream));
    CPPUNIT_ASSERT_EQUAL(uint64_t{3}, relay_->bytesFrom(RelaySide::Upstream));
    CPPUNIT_ASSERT_EQUAL(from + 9, stats::value(kFromCell));
    CPPUNIT_ASSERT_EQUAL(to + 3, stats::value(kToCell));
  }

  // A second's worth at once, then by time.
  void aRateHoldsABulkBack() {
    options_.downstream_rate = 100'000;
    start();
    Instant begun = monotonicNow();
    CPPUNIT_ASSERT_EQUAL(size_t{200'000}, sendNow(client_.get(), std::string(200'000, 'x')));
    expect(server_, 100'000);
    turns(3);
    auto elapsed = std::chrono::duration_cast<Milliseconds>(monotonicNow() - begun).count();
    CPPUNIT_ASSERT(relay_->bytesFrom(RelaySide::Downstream) <= 100'000 + static_cast<uint64_t>(elapsed) * 100 + 100);
    expect(server_, 50'000);
    CPPUNIT_ASSERT(monotonicNow() - begun >= Milliseconds(450));
  }

  void mayBeDestroyedAtAnyTime() {
    start("owed");
    relay_.reset();
    turns();
    CPPUNIT_ASSERT_EQUAL(0, ends_);
    CPPUNIT_ASSERT(endArrives(client_));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RelayTest);

// The same, where what is bulky goes by pipes.
class RelaySplicingTest : public RelayTest {
  CPPUNIT_TEST_SUB_SUITE(RelaySplicingTest, RelayTest);
  CPPUNIT_TEST(smallMessagesAreCopied);
  CPPUNIT_TEST(bulkGoesByPipes);
  CPPUNIT_TEST(aSinkThatTakesNothingHoldsOnePipe);
  CPPUNIT_TEST(withoutAPipeBulkIsCopied);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    RelayTest::setUp();
    options_.pipes = &pipes_;
  }

  void smallMessagesAreCopied() {
    start();
    for (int i = 0; i < 20; ++i) {
      sendNow(client_.get(), "ping");
      expect(server_, 4);
    }
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pipes_.idle());
  }

  void bulkGoesByPipes() {
    start();
    std::string bytes = Pattern(5).piece(0, 1 << 20);
    size_t sent = sendNow(client_.get(), bytes);
    CPPUNIT_ASSERT(sent > 2 * BufferPool::kMedium);
    CPPUNIT_ASSERT(expect(server_, sent) == bytes.substr(0, sent));
    turns();
    CPPUNIT_ASSERT_EQUAL(size_t{1}, pipes_.idle());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pipes_.outstanding());
  }

  void aSinkThatTakesNothingHoldsOnePipe() {
    shrinkBuffers();
    start();
    fillUp();
    CPPUNIT_ASSERT(pipes_.outstanding() + pool_.outstanding() == 1);
  }

  void withoutAPipeBulkIsCopied() {
    std::vector<Pipe> all;
    while (Pipe pipe = pipes_.take()) all.push_back(std::move(pipe));
    start();
    std::string bytes = Pattern(6).piece(0, 1 << 20);
    size_t sent = sendNow(client_.get(), bytes);
    CPPUNIT_ASSERT(expect(server_, sent) == bytes.substr(0, sent));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RelaySplicingTest);

}  // namespace weir
