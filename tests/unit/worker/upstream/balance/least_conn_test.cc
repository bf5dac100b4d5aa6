// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class LeastConnTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(LeastConnTest);
  CPPUNIT_TEST(theLeastLoadedIsTaken);
  CPPUNIT_TEST(loadIsSeenInRelationToWeight);
  CPPUNIT_TEST(equalsTakeTurnsByWeight);
  CPPUNIT_TEST(onlyTheTiedTakeTurns);
  CPPUNIT_TEST(otherWorkersLoadCounts);
  CPPUNIT_TEST(anIdlePeerThatIsOutDoesNotCount);
  CPPUNIT_TEST_SUITE_END();

  PeerGroup groupOf(std::vector<PeerSetting> servers) {
    UpstreamSettings settings = upstreamOf(std::move(servers));
    settings.least_conn = true;
    return PeerGroup(stats(), settings);
  }
  static void load(PeerGroup& group, char letter, int requests) {
    while (requests-- > 0) group.peer(letter).begin();
  }

 public:
  void theLeastLoadedIsTaken() {
    PeerGroup group = groupOf({server('a'), server('b'), server('c')});
    load(group, 'a', 2);
    load(group, 'b', 1);
    load(group, 'c', 2);
    CPPUNIT_ASSERT_EQUAL(std::string("bbb"), group.picks(3));
  }

  void loadIsSeenInRelationToWeight() {  // S-20: 4/4 is less than 2/1, and equal to 1/1
    PeerGroup group = groupOf({server('a', 4), server('b')});
    load(group, 'a', 4);
    load(group, 'b', 2);
    CPPUNIT_ASSERT_EQUAL('a', group.pick());
    load(group, 'a', 5);
    CPPUNIT_ASSERT_EQUAL('b', group.pick());
  }

  void equalsTakeTurnsByWeight() {  // S-20: ties by smooth WRR
    PeerGroup group = groupOf({server('a', 5), server('b'), server('c')});
    CPPUNIT_ASSERT_EQUAL(std::string("aabacaa"), group.picks(7));
  }

  void onlyTheTiedTakeTurns() {
    PeerGroup group = groupOf({server('a'), server('b'), server('c')});
    load(group, 'b', 1);
    CPPUNIT_ASSERT_EQUAL(std::string("acac"), group.picks(4));
  }

  void otherWorkersLoadCounts() {  // S-20: counts are global
    PeerGroup group = groupOf({server('a'), server('b')});
    load(group, 'b', 2);
    CPPUNIT_ASSERT_EQUAL('a', group.pick());
    stats().setElsewhere(1, Metric::UpstreamConnections, {"app", group.peer('a').name(), "active"}, 3);
    CPPUNIT_ASSERT_EQUAL(int64_t{3}, group.peer('a').load());
    CPPUNIT_ASSERT_EQUAL('b', group.pick());
  }

  void anIdlePeerThatIsOutDoesNotCount() {
    PeerGroup group = groupOf({server('a'), server('b'), server('c')});
    load(group, 'b', 1);
    load(group, 'c', 2);
    CPPUNIT_ASSERT_EQUAL('b', group.pick("a"));
    group.fail('a', 3);
    CPPUNIT_ASSERT_EQUAL('b', group.pick());
    CPPUNIT_ASSERT_EQUAL('-', group.pick("bc"));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LeastConnTest);

}  // namespace weir
