// SPDX-License-Identifier: Apache-2.0
#pragma once
// SharedGauge: a count of this worker that the other workers and the exporter see too, as one series of the segment.
// Where the series has no cell of its own (the segment is full, or busy until settle() succeeds) the own count is all
// that is known.

#include <cstdint>

#include "shared/stats/segment.h"
#include "shared/stats/slot.h"

namespace weir {

class SharedGauge {
 public:
  void add(int64_t n) {
    own_ += n;
    stats::add(cell_, n);
  }
  int64_t own() const { return own_; }
  // Over all workers.
  int64_t total(const Segment& segment) const { return exclusive_ ? segment.workersSum(cell_) : own_; }

  // Whether the series has cells of its own, and which; said by a settle() that succeeded.
  bool exclusive() const { return exclusive_; }
  CellIndex cell() const { return cell_; }

  // Finds the cell and brings it up to date. False: ask again later.
  bool settle(Segment& segment, Metric metric, const LabelValues& labels);

 private:
  int64_t own_ = 0;
  CellIndex cell_ = 0;  // 0 is a scrap cell
  bool exclusive_ = false;
};

}  // namespace weir
