// SPDX-License-Identifier: Apache-2.0
#pragma once
// Turns of a loop until something is so; a test that waits in vain ends after a while.

#include "worker/event/loop.h"

namespace weir {

inline constexpr Milliseconds kPatience{10'000};

template <class Condition>
bool turnUntil(EventLoop& loop, Condition condition, Milliseconds patience = kPatience) {
  Instant limit = monotonicNow() + patience;
  while (!condition() && monotonicNow() < limit) loop.turn(Milliseconds{20});
  return condition();
}

}  // namespace weir
