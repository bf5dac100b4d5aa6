// SPDX-License-Identifier: Apache-2.0
#include "worker/process/old_generations.h"

#include <malloc.h>

namespace weir {

void OldGenerations::serves(GenerationMark& mark, uint64_t number, Instant now) {
  if (!marks_.empty()) marks_.back().replaced = now;
  mark.number = number;
  ++served_;
  marks_.pushBack(mark);
}

void OldGenerations::startDraining(Instant now) {
  draining_since_ = now;
  if (!marks_.empty()) marks_.back().replaced = now;
}

// Each use of a configuration is a reference to it: an exchange, or a listener that is no longer configured.
void OldGenerations::tell(size_t connections) {
  const bool draining = draining_since_ != kNever;
  const bool any = !marks_.empty() && marks_.front().replaced != kNever;
  int64_t uses = draining ? static_cast<int64_t>(connections) : 0;
  size_t alive = 0;
  marks_.each([&](const GenerationMark& mark) {
    ++alive;
    if (!draining && mark.replaced != kNever) uses += mark.runtime.references();
  });
  giveBackMemory(alive);
  header_.old_connections.store(uses, std::memory_order_relaxed);
  header_.old_since.store(any ? marks_.front().replaced.time_since_epoch().count() : 0, std::memory_order_relaxed);
  header_.old_generation.store(any ? static_cast<int64_t>(marks_.front().number) : 0, std::memory_order_relaxed);
}

// The next configuration lies beside the old one, whose place malloc would keep as a hole as large as it was.
void OldGenerations::giveBackMemory(size_t alive) {
  const size_t ended = served_ - alive;
  if (ended > ended_) ::malloc_trim(0);
  ended_ = ended;
}

}  // namespace weir
