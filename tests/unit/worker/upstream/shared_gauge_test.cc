// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/shared_gauge.h"

#include <cppunit/extensions/HelperMacros.h>

#include "shared/stats/directory.h"
#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class SharedGaugeTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(SharedGaugeTest);
  CPPUNIT_TEST(theTotalIsOverAllWorkers);
  CPPUNIT_TEST(whatWasCountedBeforeTheCellWasFoundIsNotLost);
  CPPUNIT_TEST(aCellSharedWithStrangersDecidesNothing);
  CPPUNIT_TEST_SUITE_END();

  static constexpr Metric kMetric = Metric::UpstreamConnections;
  const LabelValues labels_{"app", "peer", "active"};

 public:
  void theTotalIsOverAllWorkers() {
    SharedGauge gauge;
    CPPUNIT_ASSERT(gauge.settle(stats().segment(), kMetric, labels_));
    gauge.add(2);
    stats().setElsewhere(1, kMetric, labels_, 5);
    CPPUNIT_ASSERT_EQUAL(int64_t{7}, gauge.total(stats().segment()));
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, gauge.own());
  }

  void whatWasCountedBeforeTheCellWasFoundIsNotLost() {
    SharedGauge gauge;
    gauge.add(3);
    CPPUNIT_ASSERT_EQUAL(int64_t{3}, gauge.total(stats().segment()));
    gauge.settle(stats().segment(), kMetric, labels_);
    gauge.settle(stats().segment(), kMetric, labels_);
    CPPUNIT_ASSERT_EQUAL(int64_t{3}, stats().sum(kMetric, labels_));
  }

  void aCellSharedWithStrangersDecidesNothing() {
    SharedGauge gauge;
    gauge.settle(stats().segment(), kMetric, LabelValues(3, kOther));
    gauge.add(1);
    stats().setElsewhere(1, kMetric, LabelValues(3, kOther), 100);
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, gauge.total(stats().segment()));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(SharedGaugeTest);

}  // namespace weir
