// SPDX-License-Identifier: Apache-2.0
// S-7: what lasts is ended near the end of a drain, and not all at once.
#include "worker/process/drain_schedule.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace weir {

class DrainScheduleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DrainScheduleTest);
  CPPUNIT_TEST(nothingIsEndedBeforeTheLastFifth);
  CPPUNIT_TEST(endsAreSpreadEvenly);
  CPPUNIT_TEST(allHaveEndedBeforeTheLimit);
  CPPUNIT_TEST(aFewAreEndedToo);
  CPPUNIT_TEST(withoutALimitNothingIsEnded);
  CPPUNIT_TEST_SUITE_END();

  static constexpr Milliseconds kLimit{60'000};
  static constexpr Milliseconds kLook{50};
  const Instant begun_{Microseconds(1'000'000'000)};

 public:
  void nothingIsEndedBeforeTheLastFifth() {
    DrainSchedule schedule(begun_, kLimit);
    for (Milliseconds passed{0}; passed <= kLimit * 4 / 5; passed += kLook)
      CPPUNIT_ASSERT_EQUAL(size_t{0}, schedule.due(begun_ + passed, 1000));
  }

  void endsAreSpreadEvenly() {
    DrainSchedule schedule(begun_, kLimit);
    size_t lasting = 900;
    size_t most = 0;
    for (Milliseconds passed = kLimit * 4 / 5; passed < kLimit * 19 / 20; passed += kLook) {
      size_t due = schedule.due(begun_ + passed, lasting);
      most = std::max(most, due);
      lasting -= due;
    }
    // 9 seconds, 180 looks
    CPPUNIT_ASSERT(most <= 6);
    CPPUNIT_ASSERT(lasting <= 6);
  }

  void allHaveEndedBeforeTheLimit() {
    DrainSchedule schedule(begun_, kLimit);
    CPPUNIT_ASSERT_EQUAL(size_t{7}, schedule.due(begun_ + kLimit * 19 / 20, 7));
  }

  void aFewAreEndedToo() {
    DrainSchedule schedule(begun_, kLimit);
    size_t ended = 0;
    for (Milliseconds passed = kLimit * 4 / 5; passed <= kLimit * 19 / 20; passed += kLook)
      ended += schedule.due(begun_ + passed, 2 - ended);
    CPPUNIT_ASSERT_EQUAL(size_t{2}, ended);
  }

  void withoutALimitNothingIsEnded() {
    DrainSchedule schedule(begun_, Milliseconds(0));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, schedule.due(begun_ + std::chrono::hours(1000), 5));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DrainScheduleTest);

}  // namespace weir
