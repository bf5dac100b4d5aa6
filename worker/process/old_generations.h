// SPDX-License-Identifier: Apache-2.0
#pragma once
// OldGenerations: which configurations that no longer serve a worker still uses, and how much depends on them; told to
// the slot header for the metrics. What one held when it has ended goes back to the system. Owned by the worker; the
// marks are part of its Runtimes.

#include <cstddef>
#include <cstdint>

#include "shared/base/clock.h"
#include "shared/base/list.h"
#include "shared/base/ref.h"
#include "shared/stats/segment.h"

namespace weir {

// A configuration that was committed, as long as it lives.
struct GenerationMark : ListNode<GenerationMark> {
  explicit GenerationMark(const Counted& runtime) : runtime(runtime) {}

  const Counted& runtime;
  uint64_t number = 0;
  Instant replaced = kNever;  // by the next one
};

class OldGenerations {
 public:
  explicit OldGenerations(SlotHeader& header) : header_(header) {}

  // From now on this one serves.
  void serves(GenerationMark& mark, uint64_t number, Instant now);
  // The worker is ending: the one that serves is an old one too.
  void startDraining(Instant now);
  // Once a second: brings the header up to date. connections: that the worker holds; they count when it is ending.
  void tell(size_t connections);

 private:
  void giveBackMemory(size_t alive);

  List<GenerationMark> marks_;  // the oldest first
  size_t served_ = 0, ended_ = 0;
  SlotHeader& header_;
  Instant draining_since_ = kNever;
};

}  // namespace weir
