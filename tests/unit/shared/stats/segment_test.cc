// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/segment.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <fstream>

#include "shared/base/log.h"
#include "shared/stats/slot.h"
#include "tests/unit/shared/stats/forked_process.h"

namespace weir {

class SegmentTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SegmentTest);
  CPPUNIT_TEST(memoryIsReservedNotUsed);
  CPPUNIT_TEST(aSumIsOverAllSlots);
  CPPUNIT_TEST(aReplacedProcessCountsOn);
  CPPUNIT_TEST(gaugesOfADeadProcessAreCleared);
  CPPUNIT_TEST(clearingLeavesOtherSlotsAlone);
  CPPUNIT_TEST(processesSeeEachOthersSeries);
  CPPUNIT_TEST(slotsInUseAreTheHighestAskedFor);
  CPPUNIT_TEST(aHeaderTellsOfItsProcess);
  CPPUNIT_TEST(seriesAreListedWithTheirLabels);
  CPPUNIT_TEST(theHighestIsOfAllSlots);
  CPPUNIT_TEST(sharedCellsAreOfNoProcess);
  CPPUNIT_TEST(everyProcessReadsTheDigest);
  CPPUNIT_TEST(theWrongNumberOfLabelsIsAnInvariant);
  CPPUNIT_TEST_SUITE_END();

  std::unique_ptr<Segment> segment_;

  CellIndex bytes(std::string_view server) { return segment_->series(Metric::HttpRequestBytesTotal, {server}); }
  CellIndex inFlight(std::string_view server) { return segment_->series(Metric::HttpRequestsInFlight, {server}); }

  // Runs in a process of its own, attached to the slot, which then ends.
  template <class Work>
  void processIn(unsigned slot, Work work) {
    ForkedProcess process([&] {
      stats::attach(segment_->slotCells(slot));
      work();
    });
    CPPUNIT_ASSERT(process.succeeds());
  }

  static long sharedPages() {
    long total = 0, resident = 0, shared = 0;
    std::ifstream("/proc/self/statm") >> total >> resident >> shared;
    return shared;
  }

 public:
  void setUp() override { segment_ = std::move(Segment::create()).value(); }

  void memoryIsReservedNotUsed() {
    const long before = sharedPages();
    auto another = std::move(Segment::create()).value();
    another->slotCells(0)[another->series(Metric::HttpRequestBytesTotal, {"a"})].store(1);
    CPPUNIT_ASSERT(another->sum(1) == 0);
    CPPUNIT_ASSERT(sharedPages() - before < 256);  // 1 MiB, of more than 500
  }

  void aSumIsOverAllSlots() {
    const CellIndex index = bytes("a");
    segment_->slotCells(0)[index].store(1);
    segment_->slotCells(7)[index].store(10);
    segment_->slotCells(255)[index].store(100);
    segment_->slotCells(Segment::kMonitorSlot)[index].store(1'000);
    segment_->slotCells(Segment::kMasterSlot)[index].store(10'000);
    CPPUNIT_ASSERT_EQUAL(int64_t{11'111}, segment_->sum(index));
    CPPUNIT_ASSERT_EQUAL(int64_t{111}, segment_->workersSum(index));
    CPPUNIT_ASSERT_EQUAL(int64_t{10}, segment_->value(7, index));
  }

  void aReplacedProcessCountsOn() {
    int64_t last = 0;
    for (int process = 0; process < 3; ++process) {
      processIn(0, [&] { stats::add(bytes("a"), 5); });
      CPPUNIT_ASSERT_EQUAL(last + 5, segment_->sum(bytes("a")));
      segment_->clearGauges(0);
      last = segment_->sum(bytes("a"));
      CPPUNIT_ASSERT_EQUAL(5 * int64_t{process + 1}, last);
    }
  }

  void gaugesOfADeadProcessAreCleared() {
    processIn(3, [&] {
      stats::add(inFlight("a"), 4);
      stats::add(bytes("a"), 9);
      stats::Histogram(Metric::UpstreamConnectDurationSeconds,
                       segment_->series(Metric::UpstreamConnectDurationSeconds, {"u"}))
          .observe(Microseconds(1));
    });
    CPPUNIT_ASSERT_EQUAL(int64_t{4}, segment_->sum(inFlight("a")));
    segment_->clearGauges(3);
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, segment_->sum(inFlight("a")));
    CPPUNIT_ASSERT_EQUAL(int64_t{9}, segment_->sum(bytes("a")));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, segment_->sum(segment_->series(Metric::UpstreamConnectDurationSeconds, {"u"})));
  }

  void clearingLeavesOtherSlotsAlone() {
    for (unsigned slot : {0u, 1u, Segment::kMasterSlot}) segment_->slotCells(slot)[inFlight("a")].store(2);
    segment_->clearGauges(1);
    CPPUNIT_ASSERT_EQUAL(int64_t{4}, segment_->sum(inFlight("a")));
  }

  void processesSeeEachOthersSeries() {
    processIn(0, [&] { stats::add(bytes("new"), 3); });
    processIn(1, [&] { stats::add(bytes("new"), 4); });
    CPPUNIT_ASSERT_EQUAL(int64_t{7}, segment_->sum(bytes("new")));
  }

  void slotsInUseAreTheHighestAskedFor() {
    CPPUNIT_ASSERT_EQUAL(0u, segment_->workerSlots());
    segment_->slotCells(Segment::kMasterSlot);
    CPPUNIT_ASSERT_EQUAL(0u, segment_->workerSlots());
    segment_->slotCells(3);
    segment_->slotCells(1);
    CPPUNIT_ASSERT_EQUAL(4u, segment_->workerSlots());
  }

  void aHeaderTellsOfItsProcess() {
    SlotHeader& header = segment_->slotHeader(2);
    CPPUNIT_ASSERT(header.state.load() == SlotState::Free);
    processIn(2, [&] { header.beat(Instant(Microseconds(77))); });
    CPPUNIT_ASSERT_EQUAL(int64_t{77}, segment_->slotHeader(2).heartbeat.load());
  }

  void seriesAreListedWithTheirLabels() {
    const CellIndex index = segment_->series(Metric::ListenerBytesTotal, {"0.0.0.0:80", "in"});
    const auto all = segment_->allSeries();
    auto listed = std::find_if(all.begin(), all.end(), [&](const auto& series) { return series.index == index; });
    CPPUNIT_ASSERT(listed != all.end());
    CPPUNIT_ASSERT(listed->metric == Metric::ListenerBytesTotal);
    CPPUNIT_ASSERT(listed->labels == (std::vector<std::string>{"0.0.0.0:80", "in"}));
    for (const auto& series : all)
      CPPUNIT_ASSERT(std::find(series.labels.begin(), series.labels.end(), kOther) == series.labels.end());
  }

  void theHighestIsOfAllSlots() {
    const CellIndex index = segment_->series(Metric::DnsLastSuccessTimestampSeconds, {"a"});
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, segment_->highest(index));
    segment_->slotCells(0)[index].store(5);
    segment_->slotCells(2)[index].store(9);
    segment_->sharedCells()[index].store(99);
    CPPUNIT_ASSERT_EQUAL(int64_t{9}, segment_->highest(index));
  }

  void sharedCellsAreOfNoProcess() {
    const CellIndex record = segment_->series(Metric::UpstreamPeerHealth, {"a", "p"});
    processIn(0, [&] { segment_->sharedCells()[record + 1].fetch_add(3); });
    processIn(1, [&] { segment_->sharedCells()[record + 1].fetch_add(4); });
    CPPUNIT_ASSERT_EQUAL(int64_t{7}, segment_->shared(record + 1));
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, segment_->sum(record + 1));
    segment_->clearGauges(0);
    CPPUNIT_ASSERT_EQUAL(int64_t{7}, segment_->shared(record + 1));
  }

  void everyProcessReadsTheDigest() {
    CPPUNIT_ASSERT(segment_->configDigest() == ConfigDigest{});
    for (uint8_t i = 1; i < 4; ++i) {
      segment_->setConfigDigest({i});
      CPPUNIT_ASSERT(segment_->configDigest() == ConfigDigest{i});
    }
  }

  void theWrongNumberOfLabelsIsAnInvariant() {
    ForkedProcess caller([&] {
      log::setThreshold(LogLevel::Emerg);
      log::setDescriptor(-1);
      segment_->series(Metric::HttpRequestBytesTotal, {"a", "b"});
    });
    CPPUNIT_ASSERT(!caller.succeeds());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SegmentTest);

}  // namespace weir
