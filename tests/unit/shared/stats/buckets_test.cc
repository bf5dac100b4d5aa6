// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/buckets.h"

#include <cppunit/extensions/HelperMacros.h>

#include "shared/stats/metrics.h"

namespace weir {

class BucketsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BucketsTest);
  CPPUNIT_TEST(aBoundBelongsToItsBucket);
  CPPUNIT_TEST(whatExceedsTheLastBoundIsInf);
  CPPUNIT_TEST(agreesWithALinearSearch);
  CPPUNIT_TEST(boundsOfEveryHistogramAscend);
  CPPUNIT_TEST_SUITE_END();

  static constexpr Buckets kThree{10, 20, 30};

  static uint32_t linear(const Buckets& buckets, int64_t value) {
    uint32_t i = 0;
    while (i < buckets.count() && value > buckets.bound(i)) ++i;
    return i;
  }

 public:
  void aBoundBelongsToItsBucket() {
    CPPUNIT_ASSERT_EQUAL(0u, kThree.position(0));
    CPPUNIT_ASSERT_EQUAL(0u, kThree.position(10));
    CPPUNIT_ASSERT_EQUAL(1u, kThree.position(11));
    CPPUNIT_ASSERT_EQUAL(2u, kThree.position(30));
  }

  void whatExceedsTheLastBoundIsInf() {
    CPPUNIT_ASSERT_EQUAL(3u, kThree.position(31));
    CPPUNIT_ASSERT_EQUAL(3u, kThree.position(std::numeric_limits<int64_t>::max()));
    CPPUNIT_ASSERT_EQUAL(4u, kThree.sumCell());
    CPPUNIT_ASSERT_EQUAL(5u, kThree.cells());
  }

  void agreesWithALinearSearch() {
    for (const Buckets* buckets : {&kThree, &kExchangeBuckets, &kLoopBuckets})
      for (uint32_t i = 0; i < buckets->count(); ++i)
        for (int64_t value : {buckets->bound(i) - 1, buckets->bound(i), buckets->bound(i) + 1})
          CPPUNIT_ASSERT_EQUAL(linear(*buckets, value), buckets->position(value));
  }

  void boundsOfEveryHistogramAscend() {
    for (const MetricRow& row : kMetrics)
      for (size_t i = 1; row.buckets != nullptr && i < row.buckets->count(); ++i)
        CPPUNIT_ASSERT(row.buckets->bound(i - 1) < row.buckets->bound(i));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BucketsTest);

}  // namespace weir
