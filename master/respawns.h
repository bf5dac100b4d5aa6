// SPDX-License-Identifier: Apache-2.0
#pragma once
// Respawns: when a slot whose process died is filled again. At once, unless its processes keep dying young: then after
// a pause that doubles up to a bound. Never given up: the slot's sockets still collect their share of connections.

#include <map>
#include <vector>

#include "shared/base/clock.h"

namespace weir {

class Respawns {
 public:
  // A process that lived this long starts its slot's history anew.
  static constexpr Milliseconds kStableLife{10'000};
  static constexpr Milliseconds kFirstPause{100};
  static constexpr Milliseconds kLongestPause{10'000};

  // Gives the pause before the next process of the slot.
  Milliseconds died(unsigned slot, Instant started, Instant now);
  // The slot is filled, or no longer wanted; its history stays.
  void cancel(unsigned slot);
  // Slots to be filled now, in their order.
  std::vector<unsigned> due(Instant now) const;
  // Since the beginning.
  unsigned deaths(unsigned slot) const;
  // When the next one is due; kNever when none waits.
  Instant next() const;

 private:
  struct History {
    Instant due = kNever;
    Milliseconds pause{0};  // before the last process; it grows from death to death
    bool died_young = false;
    unsigned deaths = 0;
  };
  std::map<unsigned, History> slots_;
};

}  // namespace weir
