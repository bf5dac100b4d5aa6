// SPDX-License-Identifier: Apache-2.0
#pragma once
// DrainSchedule: what lasts until the end of a drain (relays, sessions) is ended bit by bit over the last fifth of the
// time, not all in one moment: their clients come back, and would all come at once (S-7). Pure arithmetic; owned by the
// WorkerProcess that drains.

#include <cstddef>

#include "shared/base/clock.h"

namespace weir {

class DrainSchedule {
 public:
  // 0: a drain without a limit, which ends nothing by force.
  DrainSchedule(Instant begun, Milliseconds limit)
      : last_(begun + limit * 4 / 5), end_(limit.count() == 0 ? kNever : begun + limit * 19 / 20) {}

  // How many of those that last are to be ended now. Looked at often, it spreads them evenly.
  size_t due(Instant now, size_t lasting) {
    if (end_ == kNever || now <= last_) return 0;
    if (now >= end_) return lasting;
    owed_ += static_cast<double>(lasting) * part(now - last_) / part(end_ - last_);
    last_ = now;
    auto whole = static_cast<size_t>(owed_);
    owed_ -= static_cast<double>(whole);
    return whole;
  }

 private:
  static double part(Microseconds time) { return static_cast<double>(time.count()); }

  Instant last_;  // until which it has been reckoned
  Instant end_;   // a twentieth before the limit, when the master ends the process
  double owed_ = 0;
};

}  // namespace weir
