// SPDX-License-Identifier: Apache-2.0
#include "worker/event/readiness.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"

namespace weir {
namespace {

struct Counter : Readiness::Listener {
  void onReady() override { ++calls; }
  int calls = 0;
};

}  // namespace

class ReadinessTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReadinessTest);
  CPPUNIT_TEST(tellsOnceWhatIsReadyAtTheStart);
  CPPUNIT_TEST(knowsNothingBeforeTheFirstTurn);
  CPPUNIT_TEST(whatWasToldIsNotToldAgain);
  CPPUNIT_TEST(struckComesBackWithTheNextBytes);
  CPPUNIT_TEST(shortReadMeansNothingIsLeft);
  CPPUNIT_TEST(shortReadBeforeAKnownEndDoesNot);
  CPPUNIT_TEST(hangupStays);
  CPPUNIT_TEST(becomesWritableWhenTheOtherSideReads);
  CPPUNIT_TEST(remembersWithoutAListener);
  CPPUNIT_TEST(resetIsReadableAndWritable);
  CPPUNIT_TEST(releasedIsAliveAndSilent);
  CPPUNIT_TEST(mayEndWhenAnEventIsPending);
  CPPUNIT_TEST(unwatchedIsTriedAndSaysNothing);
  CPPUNIT_TEST(strikingBeginsToWatch);
  CPPUNIT_TEST(watchingTellsWhatIsThereAlready);
  CPPUNIT_TEST_SUITE_END();

  EventLoop loop_;
  Counter counter_;
  Fd far_;
  std::optional<Readiness> near_;

  void turn() { loop_.turn(Milliseconds{20}); }
  void say(std::string_view bytes) { CPPUNIT_ASSERT_EQUAL(bytes.size(), sendNow(far_.get(), bytes)); }
  void begin(std::pair<Fd, Fd> pair, Readiness::Start start = Readiness::Start::Watched) {
    far_ = std::move(pair.second);
    near_.emplace(loop_, std::move(pair.first), Readiness::Interest::Both, start);
    near_->setListener(&counter_);
  }

 public:
  void setUp() override { begin(unixPair()); }
  void tearDown() override { near_.reset(); }

  void tellsOnceWhatIsReadyAtTheStart() {
    turn();
    CPPUNIT_ASSERT_EQUAL(1, counter_.calls);
    CPPUNIT_ASSERT(near_->writable() && !near_->readable() && !near_->hangup());
  }

  void knowsNothingBeforeTheFirstTurn() {
    CPPUNIT_ASSERT(!near_->writable() && !near_->readable());
    near_->assumeWritable();
    CPPUNIT_ASSERT(near_->writable());
  }

  void whatWasToldIsNotToldAgain() {
    say("x");
    turn();
    turn();
    turn();
    CPPUNIT_ASSERT_EQUAL(1, counter_.calls);
    CPPUNIT_ASSERT(near_->readable());
  }

  void struckComesBackWithTheNextBytes() {
    say("x");
    turn();
    CPPUNIT_ASSERT_EQUAL(std::string("x"), receiveNow(near_->fd()));
    near_->strikeReadable();
    turn();
    CPPUNIT_ASSERT(!near_->readable());
    say("y");
    turn();
    CPPUNIT_ASSERT(near_->readable());
    CPPUNIT_ASSERT_EQUAL(2, counter_.calls);
  }

  void shortReadMeansNothingIsLeft() {
    say("x");
    turn();
    near_->readShort();
    CPPUNIT_ASSERT(!near_->readable());
    say("y");
    turn();
    CPPUNIT_ASSERT(near_->readable());
  }

  // The end makes no edge of its own once it was reported together with the bytes.
  void shortReadBeforeAKnownEndDoesNot() {
    say("x");
    ::shutdown(far_.get(), SHUT_WR);
    turn();
    near_->readShort();
    CPPUNIT_ASSERT(near_->readable());
  }

  void hangupStays() {
    ::shutdown(far_.get(), SHUT_WR);
    turn();
    CPPUNIT_ASSERT(near_->readable() && near_->hangup() && near_->writable());
    near_->strikeReadable();
    turn();
    CPPUNIT_ASSERT(near_->hangup());
  }

  void becomesWritableWhenTheOtherSideReads() {
    std::string much(1 << 20, 'x');
    while (sendNow(near_->fd(), much) > 0) {
    }
    turn();
    near_->strikeWritable();
    int calls = counter_.calls;
    turn();
    CPPUNIT_ASSERT(!near_->writable());
    CPPUNIT_ASSERT_EQUAL(calls, counter_.calls);
    while (!receiveNow(far_.get()).empty()) {
    }
    turn();
    CPPUNIT_ASSERT(near_->writable());
  }

  void remembersWithoutAListener() {
    near_->setListener(nullptr);
    say("x");
    turn();
    CPPUNIT_ASSERT_EQUAL(0, counter_.calls);
    CPPUNIT_ASSERT(near_->readable());
  }

  // hangup() is not promised then: the error is found by the call that is tried.
  void resetIsReadableAndWritable() {
    begin(tcpPair());
    closeWithReset(std::move(far_));
    CPPUNIT_ASSERT(turnUntil(loop_, [&] { return near_->readable(); }));
    CPPUNIT_ASSERT(near_->writable());
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, receiveError(near_->fd()));
  }

  void releasedIsAliveAndSilent() {
    turn();
    Fd fd = near_->release();
    say("x");
    turn();
    CPPUNIT_ASSERT_EQUAL(1, counter_.calls);
    CPPUNIT_ASSERT_EQUAL(std::string("x"), receiveNow(fd.get()));
  }

  void mayEndWhenAnEventIsPending() {
    say("x");
    near_.reset();
    turn();
    CPPUNIT_ASSERT_EQUAL(0, counter_.calls);
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, receiveError(far_.get()));  // closed with "x" unread
  }

  void unwatchedIsTriedAndSaysNothing() {
    begin(unixPair(), Readiness::Start::Unwatched);
    CPPUNIT_ASSERT(near_->readable() && near_->writable() && !near_->watched());
    say("x");
    turn();
    near_->readShort();
    CPPUNIT_ASSERT(!near_->readable() && !near_->watched());
    CPPUNIT_ASSERT_EQUAL(0, counter_.calls);
  }

  void strikingBeginsToWatch() {
    begin(unixPair(), Readiness::Start::Unwatched);
    near_->strikeReadable();
    CPPUNIT_ASSERT(near_->watched());
    say("x");
    turn();
    CPPUNIT_ASSERT_EQUAL(1, counter_.calls);
    CPPUNIT_ASSERT(near_->readable());
  }

  void watchingTellsWhatIsThereAlready() {
    begin(unixPair(), Readiness::Start::Unwatched);
    far_.reset();
    near_->watch();
    turn();
    CPPUNIT_ASSERT_EQUAL(1, counter_.calls);
    CPPUNIT_ASSERT(near_->hangup());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReadinessTest);

}  // namespace weir
