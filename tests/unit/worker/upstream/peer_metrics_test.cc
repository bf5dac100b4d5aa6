// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/peer_metrics.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class PeerMetricsTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(PeerMetricsTest);
  CPPUNIT_TEST(responsesAreCountedByCode);
  CPPUNIT_TEST(moreCodesThanAreRememberedAreCountedToo);
  CPPUNIT_TEST(failuresAreCountedByCause);
  CPPUNIT_TEST_SUITE_END();

  int64_t responses(std::string_view code) { return stats().sum(Metric::UpstreamRequestsTotal, {"app", "peer", code}); }

 public:
  void responsesAreCountedByCode() {
    PeerMetrics metrics(stats().segment(), "app", "peer");
    for (uint16_t status : {200, 404, 200, 200}) metrics.countResponse(status);
    CPPUNIT_ASSERT_EQUAL(int64_t{3}, responses("200"));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, responses("404"));
  }

  void moreCodesThanAreRememberedAreCountedToo() {
    PeerMetrics metrics(stats().segment(), "app", "peer");
    for (int round = 0; round < 2; ++round)
      for (uint16_t status = 400; status < 450; ++status) metrics.countResponse(status);
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, responses("400"));
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, responses("449"));
  }

  void failuresAreCountedByCause() {
    PeerMetrics metrics(stats().segment(), "app", "peer");
    metrics.countConnectFailure(Cause::ConnectTimeout);
    metrics.countConnectFailure(Cause::ConnectTimeout);
    metrics.countResponseFailure(Cause::UpstreamReadTimeout);
    const auto sum = [&](Metric metric, Cause cause) {
      return stats().sum(metric, {"app", "peer", rowOf(cause).name});
    };
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, sum(Metric::UpstreamConnectFailuresTotal, Cause::ConnectTimeout));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, sum(Metric::UpstreamResponseFailuresTotal, Cause::UpstreamReadTimeout));
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(PeerMetricsTest);

}  // namespace weir
