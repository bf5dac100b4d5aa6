// SPDX-License-Identifier: Apache-2.0
#include "worker/process/pulse.h"

namespace weir {

Pulse::Pulse(EventLoop& loop, HttpEnvironment& http, OldGenerations& old, Segment& segment)
    : loop_(loop),
      http_(http),
      old_(old),
      busy_(segment.series(Metric::WorkerEventLoopBusySecondsTotal, {})),
      connections_(segment.series(Metric::WorkerConnections, {})),
      lag_(Metric::WorkerEventLoopLagSeconds, segment.series(Metric::WorkerEventLoopLagSeconds, {})),
      tell_(loop, *this) {
  loop.addHook(*this);
  tell_.armIn(kTell);
}

void Pulse::onTurnEnd(Instant) {
  // Of the turn before: this one's end is not known yet.
  Microseconds length = loop_.lastTurn();
  stats::add(busy_, length.count());
  lag_.observe(length);
  stats::set(connections_, static_cast<int64_t>(http_.connections().open()));
}

void Pulse::onDeadline(Deadline& deadline) {
  old_.tell(http_.connections().open());
  deadline.armIn(kTell);
}

}  // namespace weir
