// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/unit/shared/config/configured.h"
#include "tests/unit/worker/http/served_site.h"
#include "worker/monitor/exporter.h"

namespace weir {

class MetricsHandlerTest : public config::Configured {
  CPPUNIT_TEST_SUITE(MetricsHandlerTest);
  CPPUNIT_TEST(showsTheObservedSegment);
  CPPUNIT_TEST(onlyTheBuiltinLocationIsThePage);
  CPPUNIT_TEST(headGetsTheHeadAlone);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;
  std::unique_ptr<Segment> observed_;

  void serve() {
    good("[server main]\nlisten = 127.0.0.1:8080\n[location = /metrics]\n[location /other]\n");
    for (LocationSettings& location : settings_->servers.at(0).locations)
      if (location.pattern == "/metrics") location.builtin = "metrics";
    site_->services.observed = observed_.get();
    site_->run(std::move(settings_));
  }

 public:
  void setUp() override {
    Configured::setUp();
    observed_ = std::move(Segment::create()).value();
    site_.emplace();
    serve();
  }
  void tearDown() override {
    site_.reset();
    observed_.reset();
  }

  void showsTheObservedSegment() {
    CellIndex cell = observed_->series(Metric::HttpRequestsTotal, {"shop", "cart", "GET", "200", "h1"});
    observed_->slotCells(0)[cell] = 41;
    std::string answer = site_->get("/metrics");
    CPPUNIT_ASSERT_EQUAL(std::string("200"), statusOf(answer));
    CPPUNIT_ASSERT(has(answer, "\r\nContent-Type: " + std::string(kMetricsContentType) + "\r\n"));
    CPPUNIT_ASSERT(has(bodyOf(answer), "server=\"shop\""));
    CPPUNIT_ASSERT(has(bodyOf(answer), "} 41\n"));
    // What this process counts for itself is not what the page is about.
    CPPUNIT_ASSERT(!has(bodyOf(site_->get("/metrics")), "route=\"/metrics\""));
  }

  void onlyTheBuiltinLocationIsThePage() { CPPUNIT_ASSERT_EQUAL(std::string("404"), statusOf(site_->get("/other"))); }

  void headGetsTheHeadAlone() {
    std::string answer = site_->ask("HEAD /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL(std::string("200"), statusOf(answer));
    CPPUNIT_ASSERT_EQUAL(std::string(), bodyOf(answer));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MetricsHandlerTest);

}  // namespace weir
