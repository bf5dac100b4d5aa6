// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/try_limits.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

class TryLimitsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TryLimitsTest);
  CPPUNIT_TEST(zeroIsNoLimit);
  CPPUNIT_TEST(triesAreCountedWithTheFirst);
  CPPUNIT_TEST(timeRunsOut);
  CPPUNIT_TEST_SUITE_END();

 public:
  void zeroIsNoLimit() { CPPUNIT_ASSERT(!TryLimits().deny(1'000'000, Milliseconds(1'000'000))); }

  void triesAreCountedWithTheFirst() {
    TryLimits limits{3, {}};
    CPPUNIT_ASSERT(!limits.deny(2, {}));
    CPPUNIT_ASSERT(limits.deny(3, {}) == RetryDenial::Tries);
  }

  void timeRunsOut() {
    TryLimits limits{0, Milliseconds(100)};
    CPPUNIT_ASSERT(!limits.deny(1, Milliseconds(99)));
    CPPUNIT_ASSERT(limits.deny(1, Milliseconds(100)) == RetryDenial::Timeout);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TryLimitsTest);

}  // namespace weir
