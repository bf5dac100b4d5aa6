// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/peer_set.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class PeerSetTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(PeerSetTest);
  CPPUNIT_TEST(aPeerFailsAfterMaxFails);
  CPPUNIT_TEST(afterFailTimeoutOneRequestProbes);
  CPPUNIT_TEST(aProbeThatFailsEjectsAgain);
  CPPUNIT_TEST(aProbeThatSucceedsBringsThePeerBack);
  CPPUNIT_TEST(aSuccessOfEarlierRequestsForgivesNothing);
  CPPUNIT_TEST(oldFailuresDoNotAddUp);
  CPPUNIT_TEST(maxFailsZeroNeverEjects);
  CPPUNIT_TEST(theOnlyServerIsAlwaysUsed);
  CPPUNIT_TEST(theOnlyServerIsNotTriedTwice);
  CPPUNIT_TEST(atMostHalfAreEjected);
  CPPUNIT_TEST(theHalfIsOfThoseThatAreUp);
  CPPUNIT_TEST(aPeerOnProbationCountsAsEjected);
  CPPUNIT_TEST(aBackupServesWhenNoPrimaryCan);
  CPPUNIT_TEST(allPrimariesMayFailBeforeABackup);
  CPPUNIT_TEST(theOnlyBackupIsNotEjected);
  CPPUNIT_TEST(downIsNeverUsed);
  CPPUNIT_TEST(maxConnsIsALimitOverAllWorkers);
  CPPUNIT_TEST(anEmptySetHasNobody);
  CPPUNIT_TEST(aSmallerSetTakesEjectedPeersBack);
  CPPUNIT_TEST_SUITE_END();

  PeerGroup groupOf(std::vector<PeerSetting> servers) { return PeerGroup(stats(), upstreamOf(std::move(servers))); }

  static constexpr Milliseconds kFailTimeout{10000};
  static constexpr Milliseconds kMoment{1};

 public:
  void aPeerFailsAfterMaxFails() {  // S-13
    PeerGroup group = groupOf({server('a'), server('b')});
    group.fail('a', 2);
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
    group.fail('a');
    CPPUNIT_ASSERT_EQUAL('-', group.pick("b"));
    CPPUNIT_ASSERT_EQUAL(std::string("bbbb"), group.picks(4));
  }

  void afterFailTimeoutOneRequestProbes() {  // S-13
    PeerGroup group = groupOf({server('a'), server('b')});
    group.fail('a', 3);
    group.wait(kFailTimeout);
    CPPUNIT_ASSERT_EQUAL('-', group.pick("b"));
    group.wait(kMoment);
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
    CPPUNIT_ASSERT_EQUAL('-', group.pick("b"));
    group.wait(kFailTimeout + kMoment);  // the probe got lost: another one
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
  }

  void aProbeThatFailsEjectsAgain() {
    PeerGroup group = groupOf({server('a'), server('b')});
    group.fail('a', 3);
    group.wait(kFailTimeout + kMoment);
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
    group.wait(kMoment);
    group.fail('a');
    group.wait(kFailTimeout);
    CPPUNIT_ASSERT_EQUAL('-', group.pick("b"));
  }

  void aProbeThatSucceedsBringsThePeerBack() {
    PeerGroup group = groupOf({server('a'), server('b')});
    group.fail('a', 3);
    group.wait(kFailTimeout + kMoment);
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
    group.succeed('a');
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, group.peer('a').health().fails());
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
  }

  void aSuccessOfEarlierRequestsForgivesNothing() {  // S-13: only accessed < checked zeroes
    PeerGroup group = groupOf({server('a'), server('b')});
    group.fail('a', 3);
    group.succeed('a');
    CPPUNIT_ASSERT_EQUAL('-', group.pick("b"));
  }

  void oldFailuresDoNotAddUp() {
    PeerGroup group = groupOf({server('a'), server('b')});
    for (int i = 0; i < 10; ++i) {
      group.fail('a');
      group.wait(kFailTimeout + kMoment);
      CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
      group.succeed('a');
    }
  }

  void maxFailsZeroNeverEjects() {
    PeerSetting a = server('a');
    a.max_fails = 0;
    PeerGroup group = groupOf({a, server('b'), server('c')});
    group.fail('a', 100);
    CPPUNIT_ASSERT_EQUAL('a', group.pick("bc"));
  }

  void theOnlyServerIsAlwaysUsed() {  // S-13
    PeerGroup group = groupOf({server('a')});
    group.fail('a', 100);
    CPPUNIT_ASSERT_EQUAL(std::string("aaa"), group.picks(3));
  }

  void theOnlyServerIsNotTriedTwice() {
    PeerGroup group = groupOf({server('a')});
    CPPUNIT_ASSERT_EQUAL('-', group.pick("a"));
  }

  void atMostHalfAreEjected() {  // S-17
    PeerGroup group = groupOf({server('a'), server('b'), server('c'), server('d'), server('e')});
    for (char letter : std::string("abcde")) group.fail(letter, 5);
    CPPUNIT_ASSERT_EQUAL('-', group.pick("cde"));
    CPPUNIT_ASSERT_EQUAL('c', group.pick("abde"));
    CPPUNIT_ASSERT_EQUAL('d', group.pick("abce"));
    CPPUNIT_ASSERT_EQUAL('e', group.pick("abcd"));
  }

  void theHalfIsOfThoseThatAreUp() {
    PeerGroup group = groupOf({server('a'), down('b')});
    group.fail('a', 5);
    CPPUNIT_ASSERT_EQUAL('a', group.pick());
  }

  void aPeerOnProbationCountsAsEjected() {
    PeerGroup group = groupOf({server('a'), server('b')});
    group.fail('a', 3);
    group.wait(kFailTimeout + kMoment);
    group.fail('b', 3);
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
    CPPUNIT_ASSERT_EQUAL('b', group.pick());
    group.succeed('a');
    group.fail('b');
    CPPUNIT_ASSERT_EQUAL('-', group.pick("a"));
  }

  void aBackupServesWhenNoPrimaryCan() {
    PeerGroup group = groupOf({backup('x'), server('a'), server('b')});
    CPPUNIT_ASSERT_EQUAL(std::string("abab"), group.picks(4));
    CPPUNIT_ASSERT_EQUAL('x', group.pick("ab"));
    CPPUNIT_ASSERT_EQUAL('-', group.pick("abx"));
  }

  void allPrimariesMayFailBeforeABackup() {
    PeerGroup group = groupOf({server('a'), server('b'), backup('x')});
    group.fail('a', 3);
    group.fail('b', 3);
    CPPUNIT_ASSERT_EQUAL(std::string("xx"), group.picks(2));
    group.wait(kFailTimeout + kMoment);
    CPPUNIT_ASSERT_EQUAL(std::string("abx"), group.picks(3));
  }

  void theOnlyBackupIsNotEjected() {
    PeerGroup group = groupOf({server('a'), backup('x')});
    group.fail('a', 3);
    group.fail('x', 5);
    CPPUNIT_ASSERT_EQUAL('x', group.pick());
  }

  void downIsNeverUsed() {
    PeerGroup group = groupOf({server('a'), down('b')});
    CPPUNIT_ASSERT_EQUAL(std::string("aaa"), group.picks(3));
    CPPUNIT_ASSERT_EQUAL('-', group.pick("a"));
  }

  void maxConnsIsALimitOverAllWorkers() {
    PeerSetting a = server('a');
    a.max_conns = 2;
    PeerGroup group = groupOf({a, server('b')});
    group.peer('a').begin();
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
    stats().setElsewhere(1, Metric::UpstreamConnections, {"app", group.peer('a').name(), "active"}, 1);
    CPPUNIT_ASSERT_EQUAL('-', group.pick("b"));
    group.peer('a').end();
    CPPUNIT_ASSERT_EQUAL('a', group.pick("b"));
  }

  void anEmptySetHasNobody() {
    PeerGroup group = groupOf({});
    CPPUNIT_ASSERT_EQUAL('-', group.pick());
  }

  void aSmallerSetTakesEjectedPeersBack() {
    PeerGroup group = groupOf({server('a'), server('b'), server('c'), server('d')});
    group.fail('a', 3);
    group.wait(kMoment);
    group.fail('b', 3);
    std::vector<PeerEntry> entries{group.set()[0], group.set()[1]};
    PeerSet smaller(upstreamOf({}), entries, {});
    TriedPeers none;
    CPPUNIT_ASSERT_EQUAL(size_t{0}, smaller.pick({group.now, none, {}}));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, smaller.pick({group.now, none, {}}));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PeerSetTest);

}  // namespace weir
