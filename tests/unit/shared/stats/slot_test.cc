// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/slot.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>

namespace weir {

class SlotTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SlotTest);
  CPPUNIT_TEST(countsWithoutASegment);
  CPPUNIT_TEST(countsIntoTheAttachedCells);
  CPPUNIT_TEST(aGaugeGoesUpAndDown);
  CPPUNIT_TEST(aHistogramCountsBucketAndSum);
  CPPUNIT_TEST(aDefaultHistogramCountsIntoTheScrapCells);
  CPPUNIT_TEST_SUITE_END();

  std::unique_ptr<Cell[]> cells_ = std::make_unique<Cell[]>(100);

 public:
  void setUp() override { stats::attach(cells_.get()); }
  void tearDown() override { stats::attach(nullptr); }

  void countsWithoutASegment() {
    stats::attach(nullptr);
    const int64_t before = stats::value(kCellsPerSlot - 1);
    stats::add(kCellsPerSlot - 1, 2);
    CPPUNIT_ASSERT_EQUAL(before + 2, stats::value(kCellsPerSlot - 1));
  }

  void countsIntoTheAttachedCells() {
    stats::add(40);
    stats::add(40, 6);
    CPPUNIT_ASSERT_EQUAL(int64_t{7}, cells_[40].load());
    CPPUNIT_ASSERT_EQUAL(int64_t{7}, stats::value(40));
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, cells_[41].load());
  }

  void aGaugeGoesUpAndDown() {
    stats::add(40, 3);
    stats::add(40, -1);
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, stats::value(40));
    stats::set(40, -5);
    CPPUNIT_ASSERT_EQUAL(int64_t{-5}, stats::value(40));
  }

  void aHistogramCountsBucketAndSum() {
    const stats::Histogram duration(Metric::HttpRequestDurationSeconds, 50);
    duration.observe(Microseconds(500));
    duration.observe(Microseconds(501));
    duration.observe(Microseconds(60'000'000));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, cells_[50].load());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, cells_[51].load());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, cells_[50 + kExchangeBuckets.count()].load());
    CPPUNIT_ASSERT_EQUAL(int64_t{60'001'001}, cells_[50 + kExchangeBuckets.sumCell()].load());
  }

  void aDefaultHistogramCountsIntoTheScrapCells() {
    stats::Histogram().observe(Microseconds(60'000'000));
    CPPUNIT_ASSERT(kExchangeBuckets.cells() <= kScrapCells);
    CPPUNIT_ASSERT_EQUAL(int64_t{60'000'000}, cells_[kExchangeBuckets.sumCell()].load());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SlotTest);

}  // namespace weir
