// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/metrics.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <string>

#include "shared/stats/metrics_reference.h"

namespace weir {

class MetricsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MetricsTest);
  CPPUNIT_TEST(namesAreUniqueAndPrefixed);
  CPPUNIT_TEST(labelsAreSplitAtCommas);
  CPPUNIT_TEST(theWorkerLabelIsOnlyOnWorkerMetrics);
  CPPUNIT_TEST(aSlotGivesTheLabelOfAPerWorkerMetric);
  CPPUNIT_TEST(theReferenceNamesEveryMetricOnce);
  CPPUNIT_TEST_SUITE_END();

 public:
  void namesAreUniqueAndPrefixed() {
    std::set<std::string_view> names;
    for (const MetricRow& row : kMetrics) {
      CPPUNIT_ASSERT(row.name.starts_with("weir_"));
      CPPUNIT_ASSERT_MESSAGE(std::string(row.name), names.insert(row.name).second);
    }
  }

  void labelsAreSplitAtCommas() {
    const MetricRow& row = rowOf(Metric::HttpRequestsTotal);
    CPPUNIT_ASSERT_EQUAL(size_t{5}, row.labelCount());
    CPPUNIT_ASSERT(row.label(0) == "server");
    CPPUNIT_ASSERT(row.label(2) == "method");
    CPPUNIT_ASSERT(row.label(4) == "protocol");
    CPPUNIT_ASSERT_EQUAL(size_t{0}, rowOf(Metric::ConfigGeneration).labelCount());
  }

  void theWorkerLabelIsOnlyOnWorkerMetrics() {
    for (const MetricRow& row : kMetrics)
      for (size_t i = 0; i < row.labelCount(); ++i)
        CPPUNIT_ASSERT(row.label(i) != "worker" || row.name.starts_with("weir_worker_"));
  }

  void aSlotGivesTheLabelOfAPerWorkerMetric() {
    for (const MetricRow& row : kMetrics) {
      if (row.origin != CellOrigin::PerWorker) continue;
      CPPUNIT_ASSERT(row.labels == "worker");
      CPPUNIT_ASSERT_EQUAL(size_t{0}, row.givenLabels());
    }
  }

  void theReferenceNamesEveryMetricOnce() {
    const std::string reference = metricsReference();
    for (const MetricRow& row : kMetrics) {
      if (!row.isShown()) continue;
      const std::string begin = "| `" + std::string(row.name) + "` | ";
      const std::string type = row.type == MetricType::Histogram ? "histogram" : "";
      const size_t first = reference.find(begin + type);
      CPPUNIT_ASSERT_MESSAGE(begin, first != std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(begin, type != "" || reference.find(begin, first + 1) == std::string::npos);
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MetricsTest);

}  // namespace weir
