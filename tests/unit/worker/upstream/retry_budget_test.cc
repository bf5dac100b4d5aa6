// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/retry_budget.h"

#include <cppunit/extensions/HelperMacros.h>

#include <vector>

namespace weir {

class RetryBudgetTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RetryBudgetTest);
  CPPUNIT_TEST(threeAreAlwaysPermitted);
  CPPUNIT_TEST(eachActiveRequestMayBeHitByADeath);
  CPPUNIT_TEST(soMayTheLastOfThoseItHits);
  CPPUNIT_TEST(theAdvanceIsForgottenWhenItIsPaid);
  CPPUNIT_TEST(anOutageThatLastsGetsAFifthMore);
  CPPUNIT_TEST(anEndedRetryGivesItsPlaceBack);
  CPPUNIT_TEST(aMovedPermitIsOnePermit);
  CPPUNIT_TEST_SUITE_END();

  RetryBudget budget_;
  std::vector<RetryPermit> running_;

  // How many of that many retries are permitted beside so many active requests.
  size_t permitted(int retries, uint64_t active) {
    while (retries-- > 0)
      if (RetryPermit permit = budget_.take(active)) running_.push_back(std::move(permit));
    return running_.size();
  }

 public:
  void threeAreAlwaysPermitted() {  // S-16
    CPPUNIT_ASSERT_EQUAL(size_t{3}, permitted(10, 0));
    permitted(1000, 32);
    running_.clear();
    CPPUNIT_ASSERT_EQUAL(size_t{3}, permitted(10, 0));
  }

  void eachActiveRequestMayBeHitByADeath() { CPPUNIT_ASSERT(permitted(32, 32) == 32); }  // S-15

  // Those that were tried again are answered while others still learn that their peer died.
  void soMayTheLastOfThoseItHits() {  // S-15
    permitted(3, 20);
    for (uint64_t active = 20; active > 3; --active) CPPUNIT_ASSERT(budget_.take(active));
  }

  void theAdvanceIsForgottenWhenItIsPaid() {
    permitted(32, 32);
    for (int i = 0; i < 200; ++i) budget_.earn();
    CPPUNIT_ASSERT(!budget_.take(0));
  }

  void anOutageThatLastsGetsAFifthMore() {  // S-16
    constexpr uint64_t kActive = 32;
    permitted(1000, kActive);
    size_t at_once = running_.size();
    CPPUNIT_ASSERT_EQUAL(size_t{RetryBudget::kMinimum + RetryBudget::kAdvance * kActive}, at_once);
    for (int i = 0; i < 1000; ++i) {
      budget_.earn();
      permitted(3, kActive);
    }
    CPPUNIT_ASSERT_EQUAL(at_once + 200, running_.size());
  }

  void anEndedRetryGivesItsPlaceBack() {
    permitted(10, 0);
    running_.pop_back();
    CPPUNIT_ASSERT_EQUAL(uint64_t{2}, budget_.running());
    CPPUNIT_ASSERT_EQUAL(size_t{3}, permitted(10, 0));
  }

  void aMovedPermitIsOnePermit() {
    {
      RetryPermit first = budget_.take(0);
      RetryPermit second = std::move(first);
      CPPUNIT_ASSERT(!first && second);
      first = std::move(second);
      CPPUNIT_ASSERT_EQUAL(uint64_t{1}, budget_.running());
    }
    CPPUNIT_ASSERT_EQUAL(uint64_t{0}, budget_.running());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RetryBudgetTest);

}  // namespace weir
