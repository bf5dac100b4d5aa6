// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/passive_health.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

// Two workers, each with its own PassiveHealth of the same peer. Only `listed` lies in a slot of their own, so that it
// does not matter here that both are this process.
class PassiveHealthTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(PassiveHealthTest);
  CPPUNIT_TEST(failuresOfAllWorkersAddUp);
  CPPUNIT_TEST(oneWorkerAloneSendsTheProbe);
  CPPUNIT_TEST(aSuccessElsewhereBringsThePeerBack);
  CPPUNIT_TEST(oneWorkerAloneMakesItFail);
  CPPUNIT_TEST(oneWorkerAloneForgives);
  CPPUNIT_TEST(anotherPeerIsAnotherRecord);
  CPPUNIT_TEST(aPeerThatNobodyHadComesBackForgiven);
  CPPUNIT_TEST(aPeerThatAnotherWorkerHasKeepsItsFailures);
  CPPUNIT_TEST(withoutRoomAWorkerCountsAlone);
  CPPUNIT_TEST_SUITE_END();

  static constexpr Milliseconds kMoment{1};
  const FailurePolicy policy_{};
  Instant now_{std::chrono::hours(1)};

  void settle(PassiveHealth& health, std::string_view peer = "p") {
    CPPUNIT_ASSERT(health.settle(stats().segment(), "app", peer));
  }
  void fail(PassiveHealth& health, int times) {
    while (times-- > 0) health.failed(now_, policy_.max_fails);
  }

 public:
  void failuresOfAllWorkersAddUp() {  // S-13, over all workers
    PassiveHealth a, b;
    settle(a);
    settle(b);
    fail(a, 1);
    fail(b, 1);
    CPPUNIT_ASSERT(!a.failing(policy_));
    fail(a, 1);
    CPPUNIT_ASSERT(b.failing(policy_) && b.ejected(now_, policy_));
    CPPUNIT_ASSERT(!b.ejected(now_ + policy_.fail_timeout + kMoment, policy_));
  }

  void oneWorkerAloneSendsTheProbe() {  // S-13: exactly one
    PassiveHealth a, b;
    settle(a);
    settle(b);
    fail(a, 3);
    now_ += policy_.fail_timeout + kMoment;
    CPPUNIT_ASSERT(b.claim(now_, policy_));
    CPPUNIT_ASSERT(!a.claim(now_, policy_));
    CPPUNIT_ASSERT(a.ejected(now_, policy_));
    now_ += policy_.fail_timeout + kMoment;
    CPPUNIT_ASSERT(a.claim(now_, policy_));
  }

  void aSuccessElsewhereBringsThePeerBack() {
    PassiveHealth a, b;
    settle(a);
    settle(b);
    fail(a, 3);
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, b.succeeded());  // of a request from before
    now_ += policy_.fail_timeout + kMoment;
    CPPUNIT_ASSERT(b.claim(now_, policy_));
    CPPUNIT_ASSERT_EQUAL(uint32_t{3}, b.succeeded());
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, a.fails());
  }

  void oneWorkerAloneMakesItFail() {
    PassiveHealth a, b;
    settle(a);
    settle(b);
    CPPUNIT_ASSERT_EQUAL(uint32_t{1}, a.failed(now_, 2));
    CPPUNIT_ASSERT_EQUAL(uint32_t{2}, b.failed(now_, 2));
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, a.failed(now_, 2));
  }

  void oneWorkerAloneForgives() {
    PassiveHealth a, b;
    settle(a);
    settle(b);
    fail(a, 3);
    CPPUNIT_ASSERT(b.forgive(2));
    CPPUNIT_ASSERT(!a.forgive(2));
    CPPUNIT_ASSERT_EQUAL(uint32_t{2}, a.fails());
  }

  void anotherPeerIsAnotherRecord() {
    PassiveHealth a, b;
    settle(a, "p");
    settle(b, "q");
    fail(a, 3);
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, b.fails());
  }

  void aPeerThatNobodyHadComesBackForgiven() {
    PassiveHealth a;
    settle(a);
    a.list(stats().segment(), true);
    fail(a, 3);
    a.list(stats().segment(), false);
    a.list(stats().segment(), true);
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, a.fails());
  }

  void aPeerThatAnotherWorkerHasKeepsItsFailures() {
    PassiveHealth a;
    settle(a);
    stats().setElsewhere(1, Metric::UpstreamPeerHealth, {"app", "p"}, 1);
    fail(a, 3);
    a.list(stats().segment(), true);
    CPPUNIT_ASSERT_EQUAL(uint32_t{3}, a.fails());
  }

  void withoutRoomAWorkerCountsAlone() {
    for (uint32_t i = 0; i < rowOf(Metric::UpstreamPeerHealth).cap; ++i)
      stats().segment().series(Metric::UpstreamPeerHealth, {"full", std::to_string(i)});
    PassiveHealth a, b;
    settle(a, "p");
    settle(b, "q");
    fail(a, 3);
    CPPUNIT_ASSERT(a.failing(policy_));
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, b.fails());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PassiveHealthTest);

}  // namespace weir
