// SPDX-License-Identifier: Apache-2.0
#include "worker/process/pulse.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

#include "tests/unit/worker/http/served_site.h"

namespace weir {

class PulseTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PulseTest);
  CPPUNIT_TEST(connectionsAreTold);
  CPPUNIT_TEST(turnsAreMeasured);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;
  std::optional<OldGenerations> old_;
  std::optional<Pulse> pulse_;

  CellIndex cell(Metric metric) { return site_->stats.segment().series(metric, {}); }

 public:
  void setUp() override {
    site_.emplace();
    old_.emplace(site_->stats.segment().slotHeader(0));
    pulse_.emplace(site_->loop, site_->http, *old_, site_->stats.segment());
  }
  void tearDown() override {
    pulse_.reset();
    old_.reset();
    site_.reset();
  }

  void connectionsAreTold() {
    site_->services.connections.opened();
    site_->services.connections.opened();
    site_->loop.turn(Milliseconds(0));
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, site_->stats.segment().value(0, cell(Metric::WorkerConnections)));
  }

  void turnsAreMeasured() {
    CellIndex lag = cell(Metric::WorkerEventLoopLagSeconds);
    const Buckets& buckets = *rowOf(Metric::WorkerEventLoopLagSeconds).buckets;
    for (int i = 0; i < 5; ++i) site_->loop.turn(Milliseconds(0));
    int64_t turns = 0;
    for (CellIndex i = 0; i < buckets.sumCell(); ++i) turns += stats::value(lag + i);
    CPPUNIT_ASSERT_EQUAL(int64_t{5}, turns);
    CPPUNIT_ASSERT_EQUAL(stats::value(lag + buckets.sumCell()),
                         stats::value(cell(Metric::WorkerEventLoopBusySecondsTotal)));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PulseTest);

}  // namespace weir
