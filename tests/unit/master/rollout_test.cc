// SPDX-License-Identifier: Apache-2.0
#include "master/rollout.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

using Phase = Rollout::Phase;

class RolloutTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RolloutTest);
  CPPUNIT_TEST(waitsForEveryChild);
  CPPUNIT_TEST(isDoneWhenAllHaveCommitted);
  CPPUNIT_TEST(oneRefusalFailsIt);
  CPPUNIT_TEST(aDeathBeforeTheDecisionFailsIt);
  CPPUNIT_TEST(aDeathAfterAllPreparedFailsItToo);
  CPPUNIT_TEST(aDeathAfterTheDecisionIsNotAwaited);
  CPPUNIT_TEST(strangersHaveNoVote);
  CPPUNIT_TEST(lateAnswersChangeNothing);
  CPPUNIT_TEST(theSameReasonIsKeptOnce);
  CPPUNIT_TEST(nobodyIsPreparedAtOnce);
  CPPUNIT_TEST_SUITE_END();

  void expect(Phase phase) { CPPUNIT_ASSERT(rollout_.phase() == phase); }
  void allPrepare() {
    for (unsigned slot : {0U, 1U, 256U}) rollout_.prepared(slot);
  }

  Rollout rollout_{{0, 1, 256}};

 public:
  void waitsForEveryChild() {
    rollout_.prepared(0);
    rollout_.prepared(256);
    rollout_.prepared(0);
    expect(Phase::AwaitingPrepared);
    CPPUNIT_ASSERT(rollout_.awaited() == std::set<unsigned>{1});
    rollout_.prepared(1);
    expect(Phase::AllPrepared);
    CPPUNIT_ASSERT(rollout_.isOpen());
  }

  void isDoneWhenAllHaveCommitted() {
    allPrepare();
    rollout_.commit();
    CPPUNIT_ASSERT(!rollout_.isOpen());
    rollout_.committed(0);
    rollout_.committed(1);
    expect(Phase::AwaitingCommitted);
    rollout_.committed(256);
    expect(Phase::Done);
  }

  void oneRefusalFailsIt() {
    rollout_.prepared(0);
    rollout_.refused(1, "weir.ini:3: no");
    expect(Phase::Failed);
    CPPUNIT_ASSERT_EQUAL(std::string("weir.ini:3: no\n"), rollout_.reasons());
  }

  void aDeathBeforeTheDecisionFailsIt() {
    rollout_.lost(0, "worker 0 was killed");
    expect(Phase::Failed);
  }

  void aDeathAfterAllPreparedFailsItToo() {
    allPrepare();
    rollout_.lost(0, "worker 0 was killed");
    expect(Phase::Failed);
  }

  void aDeathAfterTheDecisionIsNotAwaited() {
    allPrepare();
    rollout_.commit();
    rollout_.committed(0);
    rollout_.committed(256);
    rollout_.lost(1, "worker 1 was killed");
    expect(Phase::Done);
  }

  void strangersHaveNoVote() {
    rollout_.lost(7, "worker 7, retired, has ended");
    rollout_.refused(7, "no");
    expect(Phase::AwaitingPrepared);
    CPPUNIT_ASSERT(!rollout_.includes(7));
  }

  void lateAnswersChangeNothing() {
    allPrepare();
    rollout_.commit();
    rollout_.prepared(0);
    rollout_.refused(0, "too late");
    CPPUNIT_ASSERT_EQUAL(size_t{3}, rollout_.awaited().size());
    expect(Phase::AwaitingCommitted);
  }

  void theSameReasonIsKeptOnce() {
    rollout_.fail("same");
    rollout_.fail("same");
    rollout_.fail("other");
    CPPUNIT_ASSERT_EQUAL(std::string("same\nother\n"), rollout_.reasons());
  }

  void nobodyIsPreparedAtOnce() { CPPUNIT_ASSERT(Rollout({}).phase() == Phase::AllPrepared); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RolloutTest);

}  // namespace weir
