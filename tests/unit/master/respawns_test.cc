// SPDX-License-Identifier: Apache-2.0
// S-3: a dead worker's slot is filled again at once, but a crash loop does not take the machine.
#include "master/respawns.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace weir {

class RespawnsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RespawnsTest);
  CPPUNIT_TEST(firstDeathIsAnsweredAtOnce);
  CPPUNIT_TEST(pauseDoublesFromDeathToDeath);
  CPPUNIT_TEST(pauseIsBoundedAndNeverGivenUp);
  CPPUNIT_TEST(aStableLifeStartsAnew);
  CPPUNIT_TEST(slotsAreIndependent);
  CPPUNIT_TEST(deathsAreCounted);
  CPPUNIT_TEST(cancelledSlotIsNotDueButRemembered);
  CPPUNIT_TEST_SUITE_END();

  // A process of the slot lives so long, from now on; then it is now.
  int64_t pauseAfterLife(unsigned slot, Milliseconds life) {
    Instant started = now_;
    now_ += life;
    return respawns_.died(slot, started, now_).count();
  }
  bool isDue(unsigned slot) {
    auto due = respawns_.due(now_);
    return std::find(due.begin(), due.end(), slot) != due.end();
  }

  Instant now_{Microseconds(1'000'000'000)};
  Respawns respawns_;

 public:
  void deathsAreCounted() {
    CPPUNIT_ASSERT_EQUAL(0U, respawns_.deaths(3));
    for (int i = 0; i < 3; ++i) pauseAfterLife(3, Milliseconds(5));
    pauseAfterLife(4, Respawns::kStableLife);
    respawns_.cancel(3);
    CPPUNIT_ASSERT_EQUAL(3U, respawns_.deaths(3));
  }

  void firstDeathIsAnsweredAtOnce() {
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, pauseAfterLife(0, Milliseconds(5)));
    CPPUNIT_ASSERT(isDue(0));
    CPPUNIT_ASSERT(respawns_.next() == now_);
  }

  void pauseDoublesFromDeathToDeath() {
    for (int64_t pause : {0, 100, 200, 400, 800}) CPPUNIT_ASSERT_EQUAL(pause, pauseAfterLife(0, Milliseconds(5)));
    CPPUNIT_ASSERT(!isDue(0));
    now_ += Milliseconds(799);
    CPPUNIT_ASSERT(!isDue(0));
    now_ += Milliseconds(1);
    CPPUNIT_ASSERT(isDue(0));
  }

  void pauseIsBoundedAndNeverGivenUp() {
    int64_t pause = 0;
    for (int death = 0; death < 1000; ++death) pause = pauseAfterLife(0, Milliseconds(5));
    CPPUNIT_ASSERT_EQUAL(Respawns::kLongestPause.count(), pause);
  }

  void aStableLifeStartsAnew() {
    for (int death = 0; death < 5; ++death) pauseAfterLife(0, Milliseconds(5));
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, pauseAfterLife(0, Respawns::kStableLife));
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, pauseAfterLife(0, Milliseconds(5)));
    CPPUNIT_ASSERT_EQUAL(int64_t{100}, pauseAfterLife(0, Milliseconds(5)));
  }

  void slotsAreIndependent() {
    for (int death = 0; death < 5; ++death) pauseAfterLife(0, Milliseconds(5));
    pauseAfterLife(3, Milliseconds(5));
    CPPUNIT_ASSERT(isDue(3));
    CPPUNIT_ASSERT(!isDue(0));
  }

  void cancelledSlotIsNotDueButRemembered() {
    pauseAfterLife(0, Milliseconds(5));
    respawns_.cancel(0);
    respawns_.cancel(9);
    CPPUNIT_ASSERT(!isDue(0));
    CPPUNIT_ASSERT(respawns_.next() == kNever);
    CPPUNIT_ASSERT_EQUAL(int64_t{100}, pauseAfterLife(0, Milliseconds(5)));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RespawnsTest);

}  // namespace weir
