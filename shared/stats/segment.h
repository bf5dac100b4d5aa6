// SPDX-License-Identifier: Apache-2.0
#pragma once
// Segment: the shared memory of all statistics, for the life of the master; mapped by it before it forks.
// A directory of series (a metric with its label values -> a cell index that never moves, the same in every slot) and
// one slot of cells per process. A process adds to its own slot only; the sum over slots is a series' value, so
// counters go on over reloads, crashes and respawns.
//
// Series are found or created by any process: creating takes a robust process-shared mutex that is only tried, never
// waited for. Past the capacity, or a family's cap, a series becomes the family's `__other__` (docs/metrics.md).

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shared/base/clock.h"
#include "shared/base/result.h"
#include "shared/stats/cell.h"
#include "shared/stats/directory.h"
#include "shared/stats/metrics.h"
#include "shared/stats/series_key.h"

namespace weir {

enum class SlotState : uint8_t { Free, Starting, Running, Draining, Exited };

// Who is in a slot. The master writes pid, state, started and cpu_before; the process itself the rest.
struct alignas(64) SlotHeader {
  std::atomic<pid_t> pid;
  std::atomic<SlotState> state;
  std::atomic<int64_t> started;     // microseconds since the epoch
  std::atomic<int64_t> heartbeat;   // microseconds of the monotonic clock, all processes' being the same
  std::atomic<int64_t> cpu_before;  // microseconds that earlier processes of the slot used: stored before they are gone
  // What goes on with a configuration that is no longer the one that serves. The oldest such one, since when another
  // has its place (monotonic), and how much still belongs to any; all zero when nothing does.
  std::atomic<int64_t> old_generation;
  std::atomic<int64_t> old_since;
  std::atomic<int64_t> old_connections;

  void beat(Instant now) { heartbeat.store(now.time_since_epoch().count(), std::memory_order_relaxed); }
};

// All zero: no configuration serves yet.
using ConfigDigest = std::array<uint8_t, 32>;

class Segment {
 public:
  static constexpr unsigned kMaxWorkers = 256;
  static constexpr unsigned kMonitorSlot = 256;
  static constexpr unsigned kMasterSlot = 257;
  static constexpr unsigned kSharedSlot = 258;  // of no process: records, which every process changes atomically
  static constexpr unsigned kMaxSlots = 260;

  // Memory is reserved, not used: pages exist once they are written.
  static Result<std::unique_ptr<Segment>> create();
  ~Segment();
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  // Finds or creates. A histogram's index is that of its first bucket; buckets.h has the layout. Slow (hash, maybe a
  // mutex): keep the answer if it is settled. Never fails: at worst the family's __other__.
  // A PerWorker metric takes no label values. REQUIRES: the metric has cells, as many values as its row has labels
  Lookup lookup(Metric metric, const LabelValues& labels);
  // For who may keep even an unsettled answer: at start, before another process exists.
  CellIndex series(Metric metric, const LabelValues& labels) { return lookup(metric, labels).index; }

  // For stats::attach(). From the first call on, the slot is part of every sum.
  Cell* slotCells(unsigned slot);
  SlotHeader& slotHeader(unsigned slot);
  const SlotHeader& slotHeader(unsigned slot) const;
  // Workers' slots in use: 0..workerSlots()-1.
  unsigned workerSlots() const;

  // The cells of records (CellOrigin::Record). Unlike a slot's own ones they have many writers.
  Cell* sharedCells();

  // Sum over every process's slot.
  int64_t sum(CellIndex index) const;
  // Over the workers only.
  int64_t workersSum(CellIndex index) const;
  int64_t value(unsigned slot, CellIndex index) const;
  // The greatest over every process's slot.
  int64_t highest(CellIndex index) const;
  int64_t shared(CellIndex index) const { return value(kSharedSlot, index); }
  // Zeroes the gauges of a process that has ended.
  void clearGauges(unsigned slot);

  // What the exporter reads: every series with its label values, in order of creation.
  struct Series {
    Metric metric;
    std::vector<std::string> labels;
    CellIndex index;
  };
  std::vector<Series> allSeries() const;
  uint64_t droppedSeries() const;

  // SHA-256 of the serving configuration. Written by the master only, read by any process.
  void setConfigDigest(const ConfigDigest& digest);
  ConfigDigest configDigest() const;

 private:
  struct Layout;
  explicit Segment(Layout* layout) : layout_(layout) {}

  Layout* layout_;
};

}  // namespace weir
