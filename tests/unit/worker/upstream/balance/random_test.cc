// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <map>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class RandomTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(RandomTest);
  CPPUNIT_TEST(peersAreDrawnByWeight);
  CPPUNIT_TEST(onlyUsableOnesAreDrawn);
  CPPUNIT_TEST(ofTwoTheLessLoaded);
  CPPUNIT_TEST_SUITE_END();

  PeerGroup groupOf(std::vector<PeerSetting> servers, RandomBalance random) {
    UpstreamSettings settings = upstreamOf(std::move(servers));
    settings.random = random;
    return PeerGroup(stats(), settings);
  }

 public:
  void peersAreDrawnByWeight() {
    PeerGroup group = groupOf({server('a', 3), server('b')}, RandomBalance::One);
    std::map<char, int> counts;
    for (int i = 0; i < 4000; ++i) ++counts[group.pick()];
    CPPUNIT_ASSERT(counts['a'] > 2700 && counts['a'] < 3300);
  }

  void onlyUsableOnesAreDrawn() {
    PeerGroup group = groupOf({down('a'), server('b'), server('c')}, RandomBalance::Two);
    for (int i = 0; i < 100; ++i) CPPUNIT_ASSERT_EQUAL('c', group.pick("b"));
    CPPUNIT_ASSERT_EQUAL('-', group.pick("bc"));
  }

  void ofTwoTheLessLoaded() {  // S-20
    PeerGroup group = groupOf({server('a'), server('b')}, RandomBalance::Two);
    group.peer('a').begin();
    for (int i = 0; i < 100; ++i) CPPUNIT_ASSERT_EQUAL('b', group.pick());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RandomTest);

}  // namespace weir
