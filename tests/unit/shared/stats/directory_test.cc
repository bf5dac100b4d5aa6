// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/directory.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sched.h>
#include <sys/mman.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/unit/shared/stats/forked_process.h"

namespace weir {

class DirectoryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DirectoryTest);
  CPPUNIT_TEST(theSameLabelsAreTheSameCells);
  CPPUNIT_TEST(cellsOfSeriesDoNotOverlap);
  CPPUNIT_TEST(processesThatCreateAtOnceAgree);
  CPPUNIT_TEST(aHolderKilledBeforeItWroteIsRecoveredFrom);
  CPPUNIT_TEST(aHolderKilledBetweenCountingAndLinkingLeavesNoTwin);
  CPPUNIT_TEST(aHolderKilledBeforeItUnlockedIsRecoveredFrom);
  CPPUNIT_TEST(killingCreatorsAnywhereHarmsNothing);
  CPPUNIT_TEST(aStoppedHolderBlocksNobody);
  CPPUNIT_TEST(aFullFamilyCountsAsOther);
  CPPUNIT_TEST(aFullFamilyLeavesOthersAlone);
  CPPUNIT_TEST(otherIsOneSeriesAndHiddenUntilItIsUsed);
  CPPUNIT_TEST(metricsWithoutLabelsNeedNoLock);
  CPPUNIT_TEST_SUITE_END();

  // What a directory needs of memory: zeroed, shared by forked processes.
  struct Unmap {
    void operator()(Directory* directory) const { munmap(static_cast<void*>(directory), sizeof(Directory)); }
  };
  std::unique_ptr<Directory, Unmap> directory_;

  static constexpr Metric kBytes = Metric::HttpRequestBytesTotal;  // one label
  static constexpr Metric kErrors = Metric::HttpParseErrorsTotal;  // one label, the smallest cap that is not tiny

  Lookup find(Metric metric, const std::string& label) { return directory_->find(metric, SeriesKey({label})); }

  // The answer to keep; other creators make the directory busy only for a while.
  CellIndex settle(Metric metric, const std::string& label) {
    for (int tries = 0; tries < 1'000'000; ++tries) {
      const Lookup found = find(metric, label);
      if (found.settled) return found.index;
    }
    CPPUNIT_FAIL("the directory stayed busy");
    return 0;
  }

  // Every series has its own key and cells, and is found again.
  void isSound() {
    std::map<std::pair<Metric, std::string>, CellIndex> keys;
    std::set<CellIndex> taken;
    for (uint32_t i = 0; i < directory_->size(); ++i) {
      const Directory::Row row = directory_->row(i);
      CPPUNIT_ASSERT(keys.emplace(std::pair(row.metric, std::string(row.key)), row.index).second);
      for (uint32_t cell = 0; cell < rowOf(row.metric).cells(); ++cell)
        CPPUNIT_ASSERT(taken.insert(row.index + cell).second);
    }
    CPPUNIT_ASSERT(*taken.begin() >= kScrapCells && *taken.rbegin() < kCellsPerSlot);
  }

  // Where a creator dies, or stops.
  enum class At { Locked, Counted, Linked };
  void createUntil(At at, const std::string& label, int signal) {
    if (!directory_->tryLock()) _exit(1);
    const SeriesKey key({label});
    if (at != At::Locked) {
      const uint32_t row = directory_->append(kBytes, key, key.hash(kBytes));
      if (at == At::Linked) directory_->link(row);
    }
    raise(signal);
    directory_->unlock();
  }
  void creatorDies(At at) {
    ForkedProcess creator([&] { createUntil(at, "victim", SIGKILL); });
    CPPUNIT_ASSERT(!creator.succeeds());
  }
  void worksAfterTheDeath() {
    const Lookup other = find(kBytes, "another");
    const Lookup victim = find(kBytes, "victim");
    CPPUNIT_ASSERT(other.settled && victim.settled && other.index != victim.index);
    CPPUNIT_ASSERT_EQUAL(victim.index, find(kBytes, "victim").index);
    isSound();
  }

 public:
  void setUp() override {
    void* memory = mmap(nullptr, sizeof(Directory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CPPUNIT_ASSERT(memory != MAP_FAILED);
    directory_.reset(static_cast<Directory*>(memory));
    directory_->initialise();
  }

  void theSameLabelsAreTheSameCells() {
    const CellIndex a = settle(kBytes, "a");
    CPPUNIT_ASSERT(a != settle(kBytes, "b"));
    CPPUNIT_ASSERT(a != settle(Metric::HttpResponseBytesTotal, "a"));
    CPPUNIT_ASSERT_EQUAL(a, settle(kBytes, "a"));
  }

  void cellsOfSeriesDoNotOverlap() {
    for (int i = 0; i < 100; ++i) {
      settle(Metric::UpstreamConnectDurationSeconds, std::to_string(i));
      settle(kBytes, std::to_string(i));
    }
    isSound();
  }

  void processesThatCreateAtOnceAgree() {
    constexpr int kSeries = 500;
    std::vector<std::unique_ptr<ForkedProcess>> children;
    for (int c = 0; c < 4; ++c)
      children.push_back(std::make_unique<ForkedProcess>([&, c] {
        for (int i = 0; i < kSeries; ++i) settle(kBytes, std::to_string(c % 2 == 0 ? i : kSeries - 1 - i));
      }));
    for (auto& child : children) CPPUNIT_ASSERT(child->succeeds());
    const uint32_t size = directory_->size();
    for (int i = 0; i < kSeries; ++i) settle(kBytes, std::to_string(i));
    CPPUNIT_ASSERT_EQUAL(size, directory_->size());
    isSound();
  }

  void aHolderKilledBeforeItWroteIsRecoveredFrom() {
    creatorDies(At::Locked);
    worksAfterTheDeath();
  }

  void aHolderKilledBetweenCountingAndLinkingLeavesNoTwin() {
    const uint32_t before = directory_->size();
    creatorDies(At::Counted);
    CPPUNIT_ASSERT_EQUAL(before + 1, directory_->size());
    worksAfterTheDeath();
    CPPUNIT_ASSERT_EQUAL(before + 2, directory_->size());
  }

  void aHolderKilledBeforeItUnlockedIsRecoveredFrom() {
    creatorDies(At::Linked);
    worksAfterTheDeath();
  }

  void killingCreatorsAnywhereHarmsNothing() {
    for (int round = 0; round < 30; ++round) {
      const uint32_t enough = directory_->size() + 5 + static_cast<uint32_t>(round % 7);
      ForkedProcess creator([&] {
        for (int i = 0; i < 400; ++i)
          find(Metric::UpstreamRequestsTotal, std::to_string(round) + "/" + std::to_string(i));
      });
      for (int turns = 0; directory_->size() < enough && turns < 10'000'000; ++turns) sched_yield();
      creator.kill();
      settle(kBytes, std::to_string(round));
    }
    isSound();
  }

  void aStoppedHolderBlocksNobody() {
    const CellIndex known = settle(kBytes, "known");
    const CellIndex other = settle(kBytes, std::string(kOther));
    ForkedProcess holder([&] { createUntil(At::Locked, "victim", SIGSTOP); });
    CPPUNIT_ASSERT(holder.stops());
    CPPUNIT_ASSERT_EQUAL(known, find(kBytes, "known").index);
    const Lookup unknown = find(kBytes, "new");
    CPPUNIT_ASSERT(!unknown.settled);
    CPPUNIT_ASSERT_EQUAL(other, unknown.index);
    CPPUNIT_ASSERT_EQUAL(uint64_t{0}, directory_->dropped());

    holder.resume();
    CPPUNIT_ASSERT(holder.succeeds());
    CPPUNIT_ASSERT(find(kBytes, "new").settled);
    CPPUNIT_ASSERT(find(kBytes, "new").index != other);
  }

  void aFullFamilyCountsAsOther() {
    const uint32_t cap = rowOf(kErrors).cap;
    std::set<CellIndex> cells;
    for (uint32_t i = 0; i < cap; ++i) cells.insert(settle(kErrors, std::to_string(i)));
    CPPUNIT_ASSERT_EQUAL(size_t{cap}, cells.size());
    const Lookup beyond = find(kErrors, "beyond");
    CPPUNIT_ASSERT(beyond.settled);
    CPPUNIT_ASSERT(!cells.contains(beyond.index));
    CPPUNIT_ASSERT_EQUAL(beyond.index, find(kErrors, "further").index);
    CPPUNIT_ASSERT_EQUAL(uint64_t{2}, directory_->dropped());
    CPPUNIT_ASSERT_EQUAL(*cells.begin(), find(kErrors, "0").index);
  }

  void aFullFamilyLeavesOthersAlone() {
    for (uint32_t i = 0; i < 2 * rowOf(kErrors).cap; ++i) settle(kErrors, std::to_string(i));
    CPPUNIT_ASSERT(settle(kBytes, "a") != settle(kBytes, "b"));
    isSound();
  }

  void otherIsOneSeriesAndHiddenUntilItIsUsed() {
    const CellIndex other = settle(kErrors, std::string(kOther));
    std::optional<uint32_t> row;
    for (uint32_t i = 0; i < directory_->size(); ++i)
      if (directory_->row(i).index == other) row = i;
    CPPUNIT_ASSERT(row.has_value());
    CPPUNIT_ASSERT(!directory_->shown(*row));
    for (uint32_t i = 0; i <= rowOf(kErrors).cap; ++i) settle(kErrors, std::to_string(i));
    CPPUNIT_ASSERT(directory_->shown(*row));
    CPPUNIT_ASSERT_EQUAL(other, find(kErrors, "beyond").index);
  }

  void metricsWithoutLabelsNeedNoLock() {
    CPPUNIT_ASSERT(directory_->tryLock());
    CPPUNIT_ASSERT(directory_->find(Metric::ConfigGeneration, SeriesKey({})).settled);
    CPPUNIT_ASSERT(directory_->find(Metric::WorkerConnections, SeriesKey({})).settled);
    directory_->unlock();
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DirectoryTest);

}  // namespace weir
