// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/upstream_metrics.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class UpstreamMetricsTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(UpstreamMetricsTest);
  CPPUNIT_TEST(retriesAreCountedByWhatFailed);
  CPPUNIT_TEST(denialsAreCountedByWhatForbade);
  CPPUNIT_TEST(durationsGoToTheirHistograms);
  CPPUNIT_TEST_SUITE_END();

 public:
  void retriesAreCountedByWhatFailed() {
    UpstreamMetrics metrics(stats().segment(), "app");
    metrics.countRetry(Cause::ConnectRefused);
    metrics.countRetry(Cause::None);
    metrics.countRetry(Cause::None);
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, stats().sum(Metric::UpstreamRetriesTotal, {"app", "connect_refused"}));
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, stats().sum(Metric::UpstreamRetriesTotal, {"app", "status"}));
  }

  void denialsAreCountedByWhatForbade() {
    UpstreamMetrics metrics(stats().segment(), "app");
    for (auto reason : {RetryDenial::NonIdempotent, RetryDenial::Budget, RetryDenial::Tries, RetryDenial::Timeout,
                        RetryDenial::Body}) {
      metrics.countDenied(reason);
      const LabelValues labels{"app", retryDenialName(reason)};
      CPPUNIT_ASSERT_EQUAL(int64_t{1}, stats().sum(Metric::UpstreamRetriesDeniedTotal, labels));
    }
    CPPUNIT_ASSERT(retryDenialName(RetryDenial::Body) == "body");
  }

  void durationsGoToTheirHistograms() {
    UpstreamMetrics metrics(stats().segment(), "app");
    metrics.connect_duration.observe(Microseconds(700));
    const CellIndex first = stats().segment().series(Metric::UpstreamConnectDurationSeconds, {"app"});
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, stats().segment().sum(first + 1));
    CPPUNIT_ASSERT_EQUAL(int64_t{700}, stats().segment().sum(first + kExchangeBuckets.sumCell()));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamMetricsTest);

}  // namespace weir
