// SPDX-License-Identifier: Apache-2.0
#include "worker/event/watch.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>

#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"

namespace weir {
namespace {

struct Watcher : FdWatch::Owner {
  void onWatched(int, bool readable, bool writable) override {
    reads += readable;
    writes += writable;
    if (ends_itself) watch.reset();
  }

  std::unique_ptr<FdWatch> watch;
  bool ends_itself = false;
  int reads = 0;
  int writes = 0;
};

}  // namespace

class FdWatchTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FdWatchTest);
  CPPUNIT_TEST(silentUntilSomethingIsWanted);
  CPPUNIT_TEST(tellsInEveryTurnWhileItIsSo);
  CPPUNIT_TEST(tellsOnlyWhatIsWanted);
  CPPUNIT_TEST(mayEndInItsOwnCallback);
  CPPUNIT_TEST(descriptorIsNotOurs);
  CPPUNIT_TEST_SUITE_END();

  EventLoop loop_;
  std::pair<Fd, Fd> pair_ = unixPair();
  Watcher watcher_;

  void turns(int count) {
    for (int i = 0; i < count; ++i) loop_.turn(Milliseconds{10});
  }

 public:
  void setUp() override { watcher_.watch = std::make_unique<FdWatch>(loop_, pair_.first.get(), watcher_); }
  void tearDown() override { watcher_.watch.reset(); }

  void silentUntilSomethingIsWanted() {
    sendNow(pair_.second.get(), "x");
    turns(2);
    CPPUNIT_ASSERT_EQUAL(0, watcher_.reads + watcher_.writes);
  }

  void tellsInEveryTurnWhileItIsSo() {
    watcher_.watch->want(true, false);
    sendNow(pair_.second.get(), "x");
    turns(3);
    CPPUNIT_ASSERT_EQUAL(3, watcher_.reads);
    receiveNow(pair_.first.get());
    turns(1);
    CPPUNIT_ASSERT_EQUAL(3, watcher_.reads);
  }

  void tellsOnlyWhatIsWanted() {
    sendNow(pair_.second.get(), "x");
    watcher_.watch->want(false, true);
    turns(1);
    CPPUNIT_ASSERT_EQUAL(0, watcher_.reads);
    CPPUNIT_ASSERT_EQUAL(1, watcher_.writes);
    watcher_.watch->want(true, false);
    turns(1);
    CPPUNIT_ASSERT_EQUAL(1, watcher_.reads);
    CPPUNIT_ASSERT_EQUAL(1, watcher_.writes);
  }

  void mayEndInItsOwnCallback() {
    watcher_.ends_itself = true;
    watcher_.watch->want(true, true);
    sendNow(pair_.second.get(), "x");
    turns(2);
    CPPUNIT_ASSERT_EQUAL(1, watcher_.reads);
  }

  void descriptorIsNotOurs() {
    watcher_.watch->want(true, true);
    watcher_.watch.reset();
    sendNow(pair_.second.get(), "x");
    CPPUNIT_ASSERT_EQUAL(std::string("x"), receiveNow(pair_.first.get()));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FdWatchTest);

}  // namespace weir
