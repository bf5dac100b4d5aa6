// SPDX-License-Identifier: Apache-2.0
#pragma once
// LimitHolds: what an exchange or a session holds of limit_conn's zones, and what became of asking. Part of it; gives
// back when it ends.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/ipc/count_zone.h"

namespace weir {

// As $limit_conn_status says it; None: nothing was asked.
enum class LimitOutcome : uint8_t { None, Passed, Rejected, RejectedDryRun };

constexpr std::string_view limitOutcomeName(LimitOutcome outcome) {
  constexpr std::string_view kNames[] = {"", "PASSED", "REJECTED", "REJECTED_DRY_RUN"};
  return kNames[static_cast<size_t>(outcome)];
}

class LimitHolds {
 public:
  LimitHolds() = default;
  LimitHolds(const LimitHolds&) = delete;
  LimitHolds& operator=(const LimitHolds&) = delete;
  ~LimitHolds() { release(); }

  void add(Ref<CountZone> zone, CountZone::Cell& cell) { held_.push_back({std::move(zone), &cell}); }
  // Gives all back. Keeps its memory.
  void release() {
    for (Held& held : held_) CountZone::release(*held.cell);
    held_.clear();
  }
  void clear() {
    release();
    outcome = LimitOutcome::None;
  }

  LimitOutcome outcome = LimitOutcome::None;

 private:
  struct Held {
    Ref<CountZone> zone;
    CountZone::Cell* cell;
  };
  std::vector<Held> held_;
};

}  // namespace weir
