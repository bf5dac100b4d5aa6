// SPDX-License-Identifier: Apache-2.0
#include "master/cpu_count.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

namespace weir {

class CpuCountTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CpuCountTest);
  CPPUNIT_TEST(quotaIsRoundedUp);
  CPPUNIT_TEST(maxAndNonsenseSetNoLimit);
  CPPUNIT_TEST(findsTheUnifiedHierarchy);
  CPPUNIT_TEST(thereIsAlwaysOne);
  CPPUNIT_TEST(knowsTheAffinityMask);
  CPPUNIT_TEST_SUITE_END();

 public:
  void quotaIsRoundedUp() {
    CPPUNIT_ASSERT(cpusOfQuota("200000 100000\n") == 2U);
    CPPUNIT_ASSERT(cpusOfQuota("250000 100000\n") == 3U);
    CPPUNIT_ASSERT(cpusOfQuota("10000 100000\n") == 1U);
  }

  void maxAndNonsenseSetNoLimit() {
    for (const char* text : {"max 100000\n", "", "100000", "100000 0", "x y"}) CPPUNIT_ASSERT(!cpusOfQuota(text));
  }

  void findsTheUnifiedHierarchy() {
    CPPUNIT_ASSERT_EQUAL(std::string("/a/b"), unifiedCgroup("12:cpu:/x\n0::/a/b\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("/"), unifiedCgroup("0::/\n"));
    CPPUNIT_ASSERT_EQUAL(std::string(), unifiedCgroup("12:cpu:/x\n"));
  }

  void thereIsAlwaysOne() { CPPUNIT_ASSERT(availableCpus() >= 1); }

  void knowsTheAffinityMask() {
    CpuSet all = allowedCpus();
    CPPUNIT_ASSERT(!all.empty() && std::is_sorted(all.begin(), all.end()));
    CPPUNIT_ASSERT(availableCpus() <= all.size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CpuCountTest);

}  // namespace weir
