// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a process counts: it adds to its own cells and to nobody else's. One writer per slot, the process's loop thread,
// so an addition is a plain load, add and store: no lock prefix, no shared cache line.
//
//   stats::attach(segment.slotCells(index));                          once, when the process starts
//   CellIndex accepted = segment.series(Metric::..., {"a", "b"});     once per series: keep the answer
//   stats::add(accepted);                                             on traffic
//
// Until attach() is called, counts go to a private area, so that code under test needs no Segment.

#include "shared/base/clock.h"
#include "shared/stats/buckets.h"
#include "shared/stats/cell.h"
#include "shared/stats/metrics.h"

namespace weir::stats {

namespace internal {
inline Cell unattached[kCellsPerSlot];
inline Cell* cells = unattached;
}  // namespace internal

// The cells outlive the process's use of them. Null goes back to the private area.
inline void attach(Cell* cells) { internal::cells = cells == nullptr ? internal::unattached : cells; }

inline void add(CellIndex index, int64_t n = 1) {
  Cell& cell = internal::cells[index];
  cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

inline void set(CellIndex index, int64_t value) { internal::cells[index].store(value, std::memory_order_relaxed); }

// This process's own part, exact: nobody else writes it. Segment::sum() is the whole.
inline int64_t value(CellIndex index) { return internal::cells[index].load(std::memory_order_relaxed); }

// A histogram's cells; buckets.h documents their layout. A default one counts into the scrap cells.
struct Histogram {
  CellIndex first = 0;
  const Buckets* buckets = &kExchangeBuckets;

  Histogram() = default;
  Histogram(CellIndex cell, const Buckets* bounds) : first(cell), buckets(bounds) {}
  // REQUIRES: metric is a histogram, cell its Segment::series()
  Histogram(Metric metric, CellIndex cell) : Histogram(cell, rowOf(metric).buckets) {}

  // REQUIRES: duration >= 0; else the sum, a counter, would shrink
  void observe(Microseconds duration) const {
    add(first + buckets->position(duration.count()));
    add(first + buckets->sumCell(), duration.count());
  }
};

}  // namespace weir::stats
