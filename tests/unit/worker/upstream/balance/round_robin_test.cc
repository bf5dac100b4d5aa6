// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class RoundRobinTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(RoundRobinTest);
  CPPUNIT_TEST(equalPeersTakeTurns);
  CPPUNIT_TEST(aHeavyPeersTurnsAreSpread);
  CPPUNIT_TEST(unevenWeightsGiveTheirShares);
  CPPUNIT_TEST(whatWasTriedIsLeftOut);
  CPPUNIT_TEST(aFailureCostsWeightThatComesBack);
  CPPUNIT_TEST(weightNeverFallsBelowZero);
  CPPUNIT_TEST_SUITE_END();

 public:
  void equalPeersTakeTurns() {
    PeerGroup group(stats(), upstreamOf({server('a'), server('b'), server('c')}));
    CPPUNIT_ASSERT_EQUAL(std::string("abcabc"), group.picks(6));
  }

  void aHeavyPeersTurnsAreSpread() {  // S-12
    PeerGroup group(stats(), upstreamOf({server('a', 5), server('b'), server('c')}));
    CPPUNIT_ASSERT_EQUAL(std::string("aabacaa"), group.picks(7));
    CPPUNIT_ASSERT_EQUAL(std::string("aabacaa"), group.picks(7));
  }

  void unevenWeightsGiveTheirShares() {
    PeerGroup group(stats(), upstreamOf({server('a', 7), server('b', 2), server('c')}));
    const std::string picked = group.picks(1000);
    CPPUNIT_ASSERT_EQUAL(700L, std::count(picked.begin(), picked.end(), 'a'));
    CPPUNIT_ASSERT_EQUAL(200L, std::count(picked.begin(), picked.end(), 'b'));
  }

  void whatWasTriedIsLeftOut() {
    PeerGroup group(stats(), upstreamOf({server('a', 5), server('b'), server('c')}));
    CPPUNIT_ASSERT_EQUAL('c', group.pick("ab"));
    CPPUNIT_ASSERT_EQUAL('-', group.pick("abc"));
  }

  void aFailureCostsWeightThatComesBack() {  // S-12: ew -= w / max_fails, then one more with each turn
    PeerGroup group(stats(), upstreamOf({server('a', 6), server('b', 6)}));
    group.fail('a');
    PeerEntry& a = group.set()[0];
    CPPUNIT_ASSERT_EQUAL(int64_t{4}, a.effective_weight);
    group.picks(1);
    CPPUNIT_ASSERT_EQUAL(int64_t{5}, a.effective_weight);
    group.picks(3);
    CPPUNIT_ASSERT_EQUAL(int64_t{6}, a.effective_weight);
  }

  void weightNeverFallsBelowZero() {
    PeerGroup group(stats(), upstreamOf({server('a', 3), server('b', 3)}));
    group.fail('a', 10);
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, group.set()[0].effective_weight);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(RoundRobinTest);

}  // namespace weir
