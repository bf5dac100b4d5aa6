// SPDX-License-Identifier: Apache-2.0
#include "worker/http/http_metrics.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class HttpMetricsTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(HttpMetricsTest);
  CPPUNIT_TEST(requestsByMethodAndCode);
  CPPUNIT_TEST(rareMethodsAreOther);
  CPPUNIT_TEST(durationsByClass);
  CPPUNIT_TEST(alternatingSeriesStayApart);
  CPPUNIT_TEST(withoutASegmentNothingIsCounted);
  CPPUNIT_TEST(failuresByFaultAndPhase);
  CPPUNIT_TEST(parseErrorsByReason);
  CPPUNIT_TEST_SUITE_END();

  int64_t requests(std::string_view method, std::string_view code) {
    return stats().sum(Metric::HttpRequestsTotal, {"main", "api", method, code, "h1"});
  }
  // Sum of microseconds of a histogram.
  int64_t time(Metric metric, std::string_view code_class) {
    CellIndex first = stats().segment().series(metric, {"main", "api", code_class});
    return stats().segment().sum(first + rowOf(metric).buckets->sumCell());
  }
  static void same(int64_t wanted, int64_t got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

 public:
  void requestsByMethodAndCode() {
    RouteMetrics route(&stats().segment(), "main", "api");
    route.count({Method::Get, 200, Microseconds(5), Microseconds(3)});
    route.count({Method::Get, 200, Microseconds(5), Microseconds(3)});
    route.count({Method::Get, 404, Microseconds(5), Microseconds(3)});
    route.count({Method::Post, 200, Microseconds(5), Microseconds(3)});
    same(2, requests("GET", "200"));
    same(1, requests("GET", "404"));
    same(1, requests("POST", "200"));
    same(0, requests("POST", "404"));
  }

  void rareMethodsAreOther() {
    RouteMetrics route(&stats().segment(), "main", "api");
    for (Method method : {Method::Propfind, Method::Other, Method::Lock})
      route.count({method, 200, Microseconds(0), Microseconds(0)});
    same(3, requests("other", "200"));
    route.count({Method::Connect, 200, Microseconds(0), Microseconds(0)});
    same(1, requests("CONNECT", "200"));
  }

  void durationsByClass() {
    RouteMetrics route(&stats().segment(), "main", "api");
    route.count({Method::Get, 200, Microseconds(500), Microseconds(30)});
    route.count({Method::Post, 204, Microseconds(70), Microseconds(20)});
    route.count({Method::Get, 502, Microseconds(9), Microseconds(1)});
    same(570, time(Metric::HttpRequestDurationSeconds, "2xx"));
    same(50, time(Metric::HttpResponseTtfbSeconds, "2xx"));
    same(9, time(Metric::HttpRequestDurationSeconds, "5xx"));
    same(0, time(Metric::HttpRequestDurationSeconds, "4xx"));
  }

  // The row used last comes first: whatever their order, each counts for itself.
  void alternatingSeriesStayApart() {
    RouteMetrics route(&stats().segment(), "main", "api");
    for (int i = 0; i < 30; ++i)
      for (uint16_t code : {200, 301, 404, 500})
        if (i % 3 != 0 || code == 404) route.count({Method::Get, code, Microseconds(1), Microseconds(1)});
    same(20, requests("GET", "200"));
    same(20, requests("GET", "301"));
    same(30, requests("GET", "404"));
    same(20, requests("GET", "500"));
  }

  void withoutASegmentNothingIsCounted() {
    uint64_t before = stats().segment().allSeries().size();
    RouteMetrics route(nullptr, "main", "api");
    route.count({Method::Get, 200, Microseconds(1), Microseconds(1)});
    ServerMetrics server(nullptr, "main");
    CPPUNIT_ASSERT_EQUAL(CellIndex{0}, server.in_flight);
    CPPUNIT_ASSERT_EQUAL(before, uint64_t{stats().segment().allSeries().size()});
  }

  void failuresByFaultAndPhase() {
    countFailure(stats().segment(), {Cause::BadChunk}, false);
    countFailure(stats().segment(), {Cause::UpstreamTruncated}, true);
    countFailure(stats().segment(), {Cause::NoHandler}, false);
    same(1, stats().sum(Metric::HttpAbortsTotal, {"client", "request", "bad_chunk"}));
    same(1, stats().sum(Metric::HttpAbortsTotal, {"upstream", "response", "upstream_truncated"}));
    same(1, stats().sum(Metric::HttpAbortsTotal, {"proxy", "request", "no_handler"}));
  }

  void parseErrorsByReason() {
    countParseError(stats().segment(), Cause::TooManyHeaders);
    same(1, stats().sum(Metric::HttpParseErrorsTotal, {"too_many_headers"}));
    same(0, stats().sum(Metric::HttpParseErrorsTotal, {"bad_request"}));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpMetricsTest);

}  // namespace weir
