// SPDX-License-Identifier: Apache-2.0
#pragma once
// Heartbeat: says at the end of each turn, and at least once a second, that this process's loop turns. The master's
// watchdog takes silence for a reason to look closer.

#include "shared/stats/segment.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"

namespace weir {

class Heartbeat final : TurnHook, Deadline::Owner {
 public:
  Heartbeat(EventLoop& loop, SlotHeader& header) : header_(header), beat_(loop, *this) {
    loop.addHook(*this);
    beat_.armIn(kBeat);
  }

 private:
  static constexpr Milliseconds kBeat{1000};

  void onTurnEnd(Instant now) override { header_.beat(now); }
  void onDeadline(Deadline& deadline) override { deadline.armIn(kBeat); }

  SlotHeader& header_;
  Deadline beat_;
};

}  // namespace weir
