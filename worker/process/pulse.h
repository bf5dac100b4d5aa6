// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pulse: what a worker tells of its loop at the end of each turn: how busy it is, how late it serves.

#include "shared/stats/segment.h"
#include "shared/stats/slot.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/http/http_environment.h"
#include "worker/process/old_generations.h"

namespace weir {

class Pulse final : TurnHook, Deadline::Owner {
 public:
  Pulse(EventLoop& loop, HttpEnvironment& http, OldGenerations& old, Segment& segment);

 private:
  static constexpr Milliseconds kTell{1000};  // of old generations

  void onTurnEnd(Instant now) override;
  void onDeadline(Deadline& deadline) override;

  EventLoop& loop_;
  HttpEnvironment& http_;
  OldGenerations& old_;
  CellIndex busy_;
  CellIndex connections_;
  stats::Histogram lag_;
  Deadline tell_;
};

}  // namespace weir
