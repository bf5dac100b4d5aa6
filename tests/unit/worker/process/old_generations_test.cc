// SPDX-License-Identifier: Apache-2.0
#include "worker/process/old_generations.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

class OldGenerationsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OldGenerationsTest);
  CPPUNIT_TEST(theOneThatServesIsNotOld);
  CPPUNIT_TEST(whatIsReplacedCountsWhileSomethingUsesIt);
  CPPUNIT_TEST(ofSeveralTheOldestIsNamed);
  CPPUNIT_TEST(aWorkerThatEndsDrainsAllItsConnections);
  CPPUNIT_TEST_SUITE_END();

  struct Configuration : Counted {
    GenerationMark mark{*this};
  };

  SlotHeader header_{};
  Instant now_{std::chrono::seconds(100)};

  Ref<Configuration> serve(OldGenerations& old, uint64_t number) {
    auto made = makeRef<Configuration>();
    old.serves(made->mark, number, now_);
    return made;
  }
  void tells(OldGenerations& old, int64_t generation, int64_t seconds, int64_t connections) {
    old.tell(7);
    CPPUNIT_ASSERT_EQUAL(generation, header_.old_generation.load());
    CPPUNIT_ASSERT_EQUAL(seconds * 1'000'000, header_.old_since.load());
    CPPUNIT_ASSERT_EQUAL(connections, header_.old_connections.load());
  }

 public:
  void theOneThatServesIsNotOld() {
    OldGenerations old(header_);
    tells(old, 0, 0, 0);
    auto first = serve(old, 1);
    tells(old, 0, 0, 0);
  }

  void whatIsReplacedCountsWhileSomethingUsesIt() {
    OldGenerations old(header_);
    auto first = serve(old, 1);
    auto exchange = first;
    now_ += std::chrono::seconds(5);
    auto second = serve(old, 2);
    first = {};
    tells(old, 1, 105, 1);
    exchange = {};
    tells(old, 0, 0, 0);
  }

  void ofSeveralTheOldestIsNamed() {
    OldGenerations old(header_);
    auto first = serve(old, 1);
    auto second = serve(old, 2);
    auto another = second;
    now_ += std::chrono::seconds(5);
    auto third = serve(old, 3);
    tells(old, 1, 100, 3);
    first = {};
    tells(old, 2, 105, 2);
  }

  void aWorkerThatEndsDrainsAllItsConnections() {
    OldGenerations old(header_);
    auto first = serve(old, 4);
    now_ += std::chrono::seconds(5);
    old.startDraining(now_);
    tells(old, 4, 105, 7);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OldGenerationsTest);

}  // namespace weir
