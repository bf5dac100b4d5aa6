// SPDX-License-Identifier: Apache-2.0
#include "master/generation.h"

#include <cppunit/extensions/HelperMacros.h>

#include <numeric>

#include "shared/stats/segment.h"

namespace weir {

class GenerationTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(GenerationTest);
  CPPUNIT_TEST(theFirstSlotsAreTheLowest);
  CPPUNIT_TEST(whoServesGoesOnServing);
  CPPUNIT_TEST(theHighestRetireFirst);
  CPPUNIT_TEST(aDrainingProcessKeepsItsSlot);
  CPPUNIT_TEST(thereAreNoMoreThanTheSegmentHolds);
  CPPUNIT_TEST_SUITE_END();

  using Slots = std::vector<unsigned>;

 public:
  void theFirstSlotsAreTheLowest() { CPPUNIT_ASSERT(chooseSlots(3, {}, {}) == (Slots{0, 1, 2})); }

  void whoServesGoesOnServing() {
    CPPUNIT_ASSERT(chooseSlots(3, {1, 4}, {1, 4, Segment::kMonitorSlot}) == (Slots{0, 1, 4}));
  }

  void theHighestRetireFirst() { CPPUNIT_ASSERT(chooseSlots(2, {0, 1, 4}, {0, 1, 4}) == (Slots{0, 1})); }

  void aDrainingProcessKeepsItsSlot() { CPPUNIT_ASSERT(chooseSlots(3, {0}, {0, 1, 2}) == (Slots{0, 3, 4})); }

  void thereAreNoMoreThanTheSegmentHolds() {
    Slots all(Segment::kMaxWorkers);
    std::iota(all.begin(), all.end(), 0U);
    CPPUNIT_ASSERT(chooseSlots(1000, {}, {}) == all);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(GenerationTest);

}  // namespace weir
