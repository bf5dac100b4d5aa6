// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/exporter.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <set>
#include <sstream>
#include <string>

#include "shared/stats/peer_record.h"
#include "shared/stats/slot.h"

namespace weir {

class ExporterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ExporterTest);
  CPPUNIT_TEST(aCounterIsSummedOverSlots);
  CPPUNIT_TEST(aSeriesOfZeroIsPresent);
  CPPUNIT_TEST(aMetricWithoutLabelsIsPresentFromTheStart);
  CPPUNIT_TEST(helpAndTypePrecedeAFamilyOnce);
  CPPUNIT_TEST(aHistogramIsCumulativeAndInSeconds);
  CPPUNIT_TEST(timesAreSecondsSinceTheEpoch);
  CPPUNIT_TEST(labelsAreEscaped);
  CPPUNIT_TEST(aFullFamilyShowsOtherAndTheDrops);
  CPPUNIT_TEST(aWorkersRowsComeFromItsSlot);
  CPPUNIT_TEST(aDeadWorkerIsDownButCounted);
  CPPUNIT_TEST(timeOfEarlierProcessesOfASlotCounts);
  CPPUNIT_TEST(aSlotThatNobodyNeedsKeepsItsCounters);
  CPPUNIT_TEST(peersAreToldByState);
  CPPUNIT_TEST(aPeerThatNoWorkerHasIsNotShown);
  CPPUNIT_TEST(theHighestOfTheSlotsIsToldOnceItIsKnown);
  CPPUNIT_TEST(queuesAreToldOfListeners);
  CPPUNIT_TEST(theConfigurationIsNamedByItsDigest);
  CPPUNIT_TEST(oldGenerationsAreToldByNumber);
  CPPUNIT_TEST(aSlotNeverUsedHasNoRows);
  CPPUNIT_TEST(workersAreCountedByState);
  CPPUNIT_TEST(theHeartbeatIsToldInWallTime);
  CPPUNIT_TEST(thePreviousScrapeIsTimed);
  CPPUNIT_TEST(everyLineIsWellFormed);
  CPPUNIT_TEST(promtoolHasNothingToSay);
  CPPUNIT_TEST_SUITE_END();

  std::unique_ptr<Segment> segment_;

  void count(unsigned slot, Metric metric, const LabelValues& labels, int64_t n) {
    const CellIndex index = segment_->series(metric, labels);
    stats::attach(segment_->slotCells(slot));
    stats::add(index, n);
  }
  void observe(unsigned slot, Metric metric, const LabelValues& labels, Microseconds duration) {
    const stats::Histogram histogram(metric, segment_->series(metric, labels));
    stats::attach(segment_->slotCells(slot));
    histogram.observe(duration);
  }
  void worker(unsigned slot, SlotState state, pid_t pid) {
    segment_->slotCells(slot);
    segment_->slotHeader(slot).state.store(state);
    segment_->slotHeader(slot).pid.store(pid);
    segment_->slotHeader(slot).started.store(1);
  }

  // At 2,000 s since the epoch; the monotonic clock is at 500 s.
  std::string render(Microseconds previous = Microseconds(0)) const {
    return renderMetrics(*segment_, {Instant(Microseconds(500'000'000)),
                                     WallTime(Microseconds(2'000'000'000)),
                                     previous,
                                     {{"127.0.0.1:80", {3, 511}}}});
  }
  void peer(std::string_view name, int64_t fails, int64_t max_fails, bool down) {
    const CellIndex record = segment_->series(Metric::UpstreamPeerHealth, {"app", name});
    Cell* shared = segment_->sharedCells();
    shared[cellOf(record, PeerField::Fails)] = fails;
    shared[cellOf(record, PeerField::MaxFails)] = max_fails;
    shared[cellOf(record, PeerField::Down)] = down ? 1 : 0;
    shared[cellOf(record, PeerField::Weight)] = 5;
    segment_->slotCells(0)[cellOf(record, PeerField::Listed)] = 1;
  }
  bool shows(const std::string& text) const { return ("\n" + render()).find("\n" + text) != std::string::npos; }
  void has(const std::string& line) const { CPPUNIT_ASSERT_MESSAGE(line + "\nin\n" + render(), shows(line + "\n")); }
  void lacks(const std::string& begin) const { CPPUNIT_ASSERT_MESSAGE(begin, !shows(begin)); }

  // Something of everything that the table knows.
  void fill() {
    worker(0, SlotState::Running, getpid());
    segment_->slotHeader(0).beat(Instant(Microseconds(499'000'000)));
    segment_->setConfigDigest({1});
    segment_->series(Metric::ListenerConnectionsActive, {"127.0.0.1:80"});
    for (const MetricRow& row : kMetrics) {
      if (row.origin == CellOrigin::Rendered) continue;
      const LabelValues labels(row.givenLabels(), "some \"label\"");
      if (row.buckets != nullptr) observe(0, row.metric, labels, Microseconds(7'000));
      if (row.buckets == nullptr) count(0, row.metric, labels, 3);
    }
  }

 public:
  void setUp() override { segment_ = std::move(Segment::create()).value(); }
  void tearDown() override { stats::attach(nullptr); }

  void aCounterIsSummedOverSlots() {
    count(0, Metric::HttpRequestBytesTotal, {"a"}, 5);
    count(3, Metric::HttpRequestBytesTotal, {"a"}, 7);
    count(3, Metric::HttpRequestBytesTotal, {"b"}, 1);
    has("weir_http_request_bytes_total{server=\"a\"} 12");
    has("weir_http_request_bytes_total{server=\"b\"} 1");
  }

  void aSeriesOfZeroIsPresent() {
    segment_->series(Metric::UpstreamNoLiveTotal, {"u"});
    has("weir_upstream_no_live_total{upstream=\"u\"} 0");
  }

  void aMetricWithoutLabelsIsPresentFromTheStart() {
    has("weir_config_generation 0");
    has("weir_metrics_series_dropped_total 0");
  }

  void helpAndTypePrecedeAFamilyOnce() {
    count(0, Metric::HttpRequestsInFlight, {"a"}, 1);
    count(0, Metric::HttpRequestsInFlight, {"b"}, 1);
    has("# HELP weir_http_requests_in_flight Requests begun and not ended.\n"
        "# TYPE weir_http_requests_in_flight gauge\n"
        "weir_http_requests_in_flight{server=\"a\"} 1\n"
        "weir_http_requests_in_flight{server=\"b\"} 1");
    lacks("# HELP weir_http_request_bytes_total");
  }

  void aHistogramIsCumulativeAndInSeconds() {
    const LabelValues labels{"s", "r", "2xx"};
    observe(0, Metric::HttpRequestDurationSeconds, labels, Microseconds(1'000));
    observe(1, Metric::HttpRequestDurationSeconds, labels, Microseconds(10'000));
    observe(1, Metric::HttpRequestDurationSeconds, labels, Microseconds(20'000'000));
    const std::string name = "weir_http_request_duration_seconds";
    const std::string series = "{server=\"s\",route=\"r\",code_class=\"2xx\"";
    has(name + "_bucket" + series + ",le=\"0.005\"} 1");
    has(name + "_bucket" + series + ",le=\"0.01\"} 2");
    has(name + "_bucket" + series + ",le=\"10\"} 2");
    has(name + "_bucket" + series + ",le=\"+Inf\"} 3");
    has(name + "_count" + series + "} 3");
    has(name + "_sum" + series + "} 20.011");
  }

  void timesAreSecondsSinceTheEpoch() {
    count(Segment::kMasterSlot, Metric::StartTimeSeconds, {}, 1'700'000'000'250'000);
    has("weir_start_time_seconds 1700000000.25");
  }

  void labelsAreEscaped() {
    count(0, Metric::HttpRequestBytesTotal, {"a\"b\\c\nd"}, 1);
    has("weir_http_request_bytes_total{server=\"a\\\"b\\\\c\xEF\xBF\xBD"
        "d\"} 1");
  }

  void aFullFamilyShowsOtherAndTheDrops() {
    lacks("weir_http_parse_errors_total{reason=\"__other__\"}");
    for (uint32_t i = 0; i < rowOf(Metric::HttpParseErrorsTotal).cap + 2; ++i)
      count(0, Metric::HttpParseErrorsTotal, {std::to_string(i)}, 1);
    has("weir_http_parse_errors_total{reason=\"__other__\"} 2");
    has("weir_metrics_series_dropped_total 2");
  }

  void aWorkersRowsComeFromItsSlot() {
    worker(0, SlotState::Running, getpid());
    worker(1, SlotState::Draining, getpid());
    count(1, Metric::WorkerConnections, {}, 9);
    observe(1, Metric::WorkerEventLoopLagSeconds, {}, Microseconds(300));
    has("weir_worker_up{worker=\"0\"} 1");
    has("weir_worker_connections{worker=\"0\"} 0");
    has("weir_worker_connections{worker=\"1\"} 9");
    has("weir_worker_event_loop_lag_seconds_bucket{worker=\"1\",le=\"0.00025\"} 0");
    has("weir_worker_event_loop_lag_seconds_bucket{worker=\"1\",le=\"0.0005\"} 1");
    for (const char* name : {"cpu_seconds_total", "resident_memory_bytes", "open_fds", "max_fds"})
      CPPUNIT_ASSERT_MESSAGE(name, shows(std::string("weir_worker_") + name + "{worker=\"1\"} "));
  }

  void aDeadWorkerIsDownButCounted() {
    worker(0, SlotState::Exited, getpid());
    count(0, Metric::HttpRequestBytesTotal, {"a"}, 5);
    has("weir_worker_up{worker=\"0\"} 0");
    has("weir_http_request_bytes_total{server=\"a\"} 5");
    has("weir_worker_cpu_seconds_total{worker=\"0\"} 0");
    lacks("weir_worker_open_fds");
  }

  void timeOfEarlierProcessesOfASlotCounts() {
    worker(0, SlotState::Exited, getpid());
    segment_->slotHeader(0).cpu_before = 2'500'000;
    has("weir_worker_cpu_seconds_total{worker=\"0\"} 2.5");
    worker(0, SlotState::Running, getpid());
    CPPUNIT_ASSERT(shows("weir_worker_cpu_seconds_total{worker=\"0\"} "));
    lacks("weir_worker_cpu_seconds_total{worker=\"0\"} 0");
  }

  void aSlotThatNobodyNeedsKeepsItsCounters() {
    worker(0, SlotState::Free, getpid());
    segment_->slotHeader(0).cpu_before = 2'500'000;
    count(0, Metric::WorkerLogDroppedTotal, {}, 4);
    has("weir_worker_log_dropped_total{worker=\"0\"} 4");
    has("weir_worker_cpu_seconds_total{worker=\"0\"} 2.5");
    lacks("weir_worker_up");
    lacks("weir_worker_connections");
  }

  void peersAreToldByState() {
    peer("a", 2, 3, false);
    peer("b", 3, 3, false);
    peer("c", 0, 3, true);
    peer("d", 9, 0, false);
    has("weir_upstream_peer_up{upstream=\"app\",peer=\"a\"} 1");
    has("weir_upstream_peer_up{upstream=\"app\",peer=\"b\"} 0");
    has("weir_upstream_peer_state{upstream=\"app\",peer=\"b\",state=\"unavailable\"} 1");
    has("weir_upstream_peer_state{upstream=\"app\",peer=\"b\",state=\"up\"} 0");
    has("weir_upstream_peer_state{upstream=\"app\",peer=\"c\",state=\"down\"} 1");
    has("weir_upstream_peer_weight{upstream=\"app\",peer=\"a\"} 5");
    has("weir_upstream_peers{upstream=\"app\",state=\"up\"} 2");
    has("weir_upstream_peers{upstream=\"app\",state=\"unavailable\"} 1");
    lacks("weir_upstream_peer_health");
  }

  void aPeerThatNoWorkerHasIsNotShown() {
    peer("a", 0, 3, false);
    segment_->clearGauges(0);
    lacks("weir_upstream_peer_up");
    lacks("weir_upstream_peers");
  }

  void theHighestOfTheSlotsIsToldOnceItIsKnown() {
    count(0, Metric::DnsLastSuccessTimestampSeconds, {"a"}, 1'000'000);
    count(1, Metric::DnsLastSuccessTimestampSeconds, {"a"}, 3'000'000);
    count(1, Metric::DnsLastSuccessTimestampSeconds, {"b"}, 0);
    has("weir_dns_last_success_timestamp_seconds{name=\"a\"} 3");
    lacks("weir_dns_last_success_timestamp_seconds{name=\"b\"}");
  }

  void queuesAreToldOfListeners() {
    segment_->series(Metric::ListenerConnectionsActive, {"127.0.0.1:80"});
    segment_->series(Metric::ListenerConnectionsActive, {"127.0.0.1:81"});
    has("weir_listener_accept_queue_length{listener=\"127.0.0.1:80\"} 3");
    has("weir_listener_accept_queue_limit{listener=\"127.0.0.1:80\"} 511");
    lacks("weir_listener_accept_queue_length{listener=\"127.0.0.1:81\"}");
  }

  void theConfigurationIsNamedByItsDigest() {
    lacks("weir_config_info");
    ConfigDigest digest{};
    digest[0] = 0xab;
    digest[31] = 1;
    segment_->setConfigDigest(digest);
    has("weir_config_info{sha256=\"ab" + std::string(60, '0') + "01\"} 1");
    segment_->setConfigDigest({1});
    has("weir_config_info{sha256=\"01" + std::string(62, '0') + "\"} 1");
  }

  void oldGenerationsAreToldByNumber() {
    count(Segment::kMasterSlot, Metric::ConfigGeneration, {}, 9);
    has("weir_draining_connections{generation=\"9\"} 0");
    has("weir_oldest_generation_age_seconds 0");
    for (unsigned slot : {0U, 1U}) {
      worker(slot, SlotState::Running, getpid());
      segment_->slotHeader(slot).old_generation = 7;
      segment_->slotHeader(slot).old_since = 480'000'000 + slot;
      segment_->slotHeader(slot).old_connections = 2;
    }
    has("weir_draining_connections{generation=\"7\"} 4");
    has("weir_oldest_generation_age_seconds 20");
  }

  void aSlotNeverUsedHasNoRows() {
    worker(1, SlotState::Running, getpid());
    has("weir_worker_up{worker=\"1\"} 1");
    lacks("weir_worker_up{worker=\"0\"}");
    lacks("weir_worker_connections{worker=\"0\"}");
  }

  void workersAreCountedByState() {
    worker(0, SlotState::Running, getpid());
    worker(1, SlotState::Running, getpid());
    worker(2, SlotState::Draining, getpid());
    worker(3, SlotState::Starting, getpid());
    has("weir_workers{state=\"running\"} 2");
    has("weir_workers{state=\"draining\"} 1");
  }

  void theHeartbeatIsToldInWallTime() {
    worker(0, SlotState::Running, getpid());
    lacks("weir_worker_heartbeat_timestamp_seconds");
    segment_->slotHeader(0).beat(Instant(Microseconds(499'500'000)));
    has("weir_worker_heartbeat_timestamp_seconds{worker=\"0\"} 1999.5");
  }

  void thePreviousScrapeIsTimed() {
    CPPUNIT_ASSERT(render(Microseconds(1'500)).find("\nweir_scrape_duration_seconds 0.0015\n") != std::string::npos);
  }

  void everyLineIsWellFormed() {
    fill();
    std::istringstream lines(render());
    std::set<std::string> samples;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("# HELP weir_") || line.starts_with("# TYPE weir_")) continue;
      const size_t space = line.rfind(' ');
      CPPUNIT_ASSERT_MESSAGE(line, line.starts_with("weir_") && space != std::string::npos);
      CPPUNIT_ASSERT_MESSAGE(line, samples.insert(line.substr(0, space)).second);
      char* end = nullptr;
      std::strtod(line.c_str() + space + 1, &end);
      CPPUNIT_ASSERT_MESSAGE(line, *end == '\0');
    }
    for (const MetricRow& row : kMetrics)
      CPPUNIT_ASSERT_EQUAL(row.isShown(), shows("# HELP " + std::string(row.name) + " "));
  }

  // Where promtool is not installed, everyLineIsWellFormed() has to do.
  void promtoolHasNothingToSay() {
    if (std::system("command -v promtool >/dev/null 2>&1") != 0) return;
    fill();
    char path[] = "/tmp/weir-metrics-XXXXXX";
    const int file = mkstemp(path);
    const std::string text = render();
    CPPUNIT_ASSERT(write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(file);
    FILE* promtool = popen(("promtool check metrics <" + std::string(path) + " 2>&1").c_str(), "r");
    char said[512] = "";
    std::string all;
    while (std::fgets(said, sizeof said, promtool) != nullptr) all += said;
    unlink(path);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(all, 0, pclose(promtool));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExporterTest);

}  // namespace weir
