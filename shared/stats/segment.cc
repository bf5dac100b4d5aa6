// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/segment.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

#include "shared/base/log.h"

namespace weir {

// Zeroed memory is a valid Layout but for the directory's initialise().
struct Segment::Layout {
  std::atomic<unsigned> worker_slots;
  std::atomic<unsigned> digest_in_use;  // of the two; the master fills the other one, then turns to it
  ConfigDigest digests[2];
  SlotHeader headers[kMaxSlots];
  Directory directory;
  alignas(4096) Cell cells[kMaxSlots][kCellsPerSlot];
};

namespace {

constexpr size_t kPage = 4096;
static_assert(kCellsPerSlot * sizeof(Cell) % kPage == 0, "slots must not share a page");

// A call with the wrong values is a bug that every run of that call meets: better an abort than a mislabelled count.
void checkLabels(Metric metric, size_t given) {
  const MetricRow& row = rowOf(metric);
  if (row.hasCells() && row.givenLabels() == given) return;
  WEIR_LOG(Emerg, "{} was asked for with {} label values", row.name, given);
  std::abort();
}

}  // namespace

Result<std::unique_ptr<Segment>> Segment::create() {
  void* memory =
      mmap(nullptr, sizeof(Layout), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return systemError("map the statistics segment");
  // A core dump would read, and so create, every page that is only reserved.
  madvise(memory, sizeof(Layout), MADV_DONTDUMP);
  auto* layout = static_cast<Layout*>(memory);
  layout->directory.initialise();
  return std::unique_ptr<Segment>(new Segment(layout));
}

Segment::~Segment() { munmap(layout_, sizeof(Layout)); }

Lookup Segment::lookup(Metric metric, const LabelValues& labels) {
  checkLabels(metric, labels.size());
  return layout_->directory.find(metric, SeriesKey(labels));
}

// The count of slots only grows: a slot whose worker is gone for good still holds what it counted.
Cell* Segment::slotCells(unsigned slot) {
  std::atomic<unsigned>& used = layout_->worker_slots;
  unsigned seen = used.load(std::memory_order_relaxed);
  while (slot < kMaxWorkers && seen <= slot && !used.compare_exchange_weak(seen, slot + 1)) {
  }
  return layout_->cells[slot];
}

SlotHeader& Segment::slotHeader(unsigned slot) { return layout_->headers[slot]; }
const SlotHeader& Segment::slotHeader(unsigned slot) const { return layout_->headers[slot]; }
unsigned Segment::workerSlots() const { return layout_->worker_slots.load(std::memory_order_relaxed); }

// Slots never used are left out: reading a page that is only reserved would create it.
int64_t Segment::sum(CellIndex index) const {
  return workersSum(index) + value(kMonitorSlot, index) + value(kMasterSlot, index);
}

int64_t Segment::workersSum(CellIndex index) const {
  int64_t total = 0;
  for (unsigned slot = 0, used = workerSlots(); slot < used; ++slot) total += value(slot, index);
  return total;
}

int64_t Segment::highest(CellIndex index) const {
  int64_t found = std::max(value(kMonitorSlot, index), value(kMasterSlot, index));
  for (unsigned slot = 0, used = workerSlots(); slot < used; ++slot) found = std::max(found, value(slot, index));
  return found;
}

Cell* Segment::sharedCells() { return layout_->cells[kSharedSlot]; }

int64_t Segment::value(unsigned slot, CellIndex index) const {
  return layout_->cells[slot][index].load(std::memory_order_relaxed);
}

// Counters and histograms stay: they happened. Only a cell that is not zero is written, to create no page.
void Segment::clearGauges(unsigned slot) {
  const Directory& directory = layout_->directory;
  for (uint32_t i = 0, size = directory.size(); i < size; ++i) {
    const Directory::Row row = directory.row(i);
    if (rowOf(row.metric).type != MetricType::Gauge) continue;
    Cell& cell = layout_->cells[slot][row.index];
    if (cell.load(std::memory_order_relaxed) != 0) cell.store(0, std::memory_order_relaxed);
  }
}

std::vector<Segment::Series> Segment::allSeries() const {
  const Directory& directory = layout_->directory;
  std::vector<Series> all;
  // Rows created meanwhile wait for the next call.
  const uint32_t size = directory.size();
  all.reserve(size);
  for (uint32_t i = 0; i < size; ++i) {
    if (!directory.shown(i)) continue;
    const Directory::Row row = directory.row(i);
    all.push_back({row.metric, SeriesKey::decode(row.key), row.index});
  }
  return all;
}

uint64_t Segment::droppedSeries() const { return layout_->directory.dropped(); }

void Segment::setConfigDigest(const ConfigDigest& digest) {
  const unsigned other = 1 - layout_->digest_in_use.load(std::memory_order_relaxed);
  layout_->digests[other] = digest;
  layout_->digest_in_use.store(other, std::memory_order_release);
}

ConfigDigest Segment::configDigest() const {
  return layout_->digests[layout_->digest_in_use.load(std::memory_order_acquire)];
}

}  // namespace weir
