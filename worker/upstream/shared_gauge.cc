// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/shared_gauge.h"

#include "shared/stats/directory.h"

namespace weir {

bool SharedGauge::settle(Segment& segment, Metric metric, const LabelValues& labels) {
  if (cell_ != 0) return true;
  const Lookup found = segment.lookup(metric, labels);
  if (!found.settled) return false;
  cell_ = found.index;
  // The cell that takes what has no room sums up strangers' counts: fit for a scrape, not for a decision.
  exclusive_ = cell_ != segment.series(metric, LabelValues(labels.size(), kOther));
  stats::add(cell_, own_);
  return true;
}

}  // namespace weir
