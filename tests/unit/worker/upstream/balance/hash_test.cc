// SPDX-License-Identifier: Apache-2.0
// S-21: a key has one peer, by weight, in every worker; what changes when peers come, go or fail.
#include <cppunit/extensions/HelperMacros.h>

#include <map>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class HashTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(HashTest);
  CPPUNIT_TEST(aKeyKeepsItsPeer);
  CPPUNIT_TEST(everyWorkerChoosesTheSame);
  CPPUNIT_TEST(keysAreSpreadByWeight);
  CPPUNIT_TEST(withoutAKeyPeersTakeTurns);
  CPPUNIT_TEST(aPeerThatIsOutGivesItsKeysAway);
  CPPUNIT_TEST(consistentlyOnlyItsOwnKeysMove);
  CPPUNIT_TEST(backupsHaveARingOfTheirOwn);
  CPPUNIT_TEST_SUITE_END();

  static constexpr int kKeys = 3000;

  PeerGroup groupOf(std::vector<PeerSetting> servers, bool consistent) {
    UpstreamSettings settings = upstreamOf(std::move(servers));
    settings.hash = {{"$remote_addr", {}}, consistent};
    return PeerGroup(stats(), settings);
  }
  static std::string key(int i) { return "192.0.2." + std::to_string(i); }
  static std::map<char, int> spread(PeerGroup& group) {
    std::map<char, int> counts;
    for (int i = 0; i < kKeys; ++i) ++counts[group.pick("", key(i))];
    return counts;
  }
  static bool isAbout(int wanted, int got) { return got > wanted * 3 / 4 && got < wanted * 5 / 4; }

 public:
  void aKeyKeepsItsPeer() {
    for (bool consistent : {false, true}) {
      PeerGroup group = groupOf({server('a'), server('b'), server('c')}, consistent);
      for (int i = 0; i < 50; ++i) CPPUNIT_ASSERT_EQUAL(group.pick("", key(i)), group.pick("", key(i)));
    }
  }

  void everyWorkerChoosesTheSame() {
    for (bool consistent : {false, true}) {
      PeerGroup one = groupOf({server('a'), server('b'), server('c')}, consistent);
      PeerGroup other = groupOf({server('a'), server('b'), server('c')}, consistent);
      for (int i = 0; i < 50; ++i) CPPUNIT_ASSERT_EQUAL(one.pick("", key(i)), other.pick("", key(i)));
    }
  }

  void keysAreSpreadByWeight() {
    for (bool consistent : {false, true}) {
      PeerGroup group = groupOf({server('a', 2), server('b'), server('c', 3)}, consistent);
      auto counts = spread(group);
      CPPUNIT_ASSERT(isAbout(kKeys / 3, counts['a']) && isAbout(kKeys / 6, counts['b']) &&
                     isAbout(kKeys / 2, counts['c']));
    }
  }

  void withoutAKeyPeersTakeTurns() {
    for (bool consistent : {false, true}) {
      PeerGroup group = groupOf({server('a'), server('b')}, consistent);
      CPPUNIT_ASSERT_EQUAL(std::string("abab"), group.picks(4));
    }
  }

  void aPeerThatIsOutGivesItsKeysAway() {
    for (bool consistent : {false, true}) {
      PeerGroup group = groupOf({server('a'), down('b'), server('c')}, consistent);
      auto counts = spread(group);
      CPPUNIT_ASSERT_EQUAL(0, counts['b']);
      CPPUNIT_ASSERT(counts['a'] > kKeys / 4 && counts['c'] > kKeys / 4);
      char first = group.pick("", key(1));
      CPPUNIT_ASSERT(group.pick(std::string(1, first), key(1)) != first);
      CPPUNIT_ASSERT_EQUAL('-', group.pick("abc", key(1)));
    }
  }

  void consistentlyOnlyItsOwnKeysMove() {
    PeerGroup all = groupOf({server('a'), server('b'), server('c'), server('d')}, true);
    PeerGroup fewer = groupOf({server('a'), server('b'), server('d')}, true);
    for (int i = 0; i < 500; ++i) {
      char before = all.pick("", key(i)), after = fewer.pick("", key(i));
      CPPUNIT_ASSERT(before == 'c' || before == after);
    }
  }

  void backupsHaveARingOfTheirOwn() {
    PeerGroup group = groupOf({server('a'), backup('b'), backup('c')}, true);
    CPPUNIT_ASSERT_EQUAL('a', group.pick("", key(1)));
    std::map<char, int> counts;
    for (int i = 0; i < 200; ++i) ++counts[group.pick("a", key(i))];
    CPPUNIT_ASSERT(counts['b'] > 0 && counts['c'] > 0 && counts['a'] == 0);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HashTest);

}  // namespace weir
