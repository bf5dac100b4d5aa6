// SPDX-License-Identifier: Apache-2.0
#pragma once
// Smooth weighted round robin (S-12): spreads the turns of a heavy peer instead of giving them in a row, and gives a
// peer that failed its weight back step by step. For policies: the whole of round robin, the tie-break of others.

#include <cstdint>
#include <span>

#include "worker/upstream/peer_set.h"

namespace weir {

// Among the peers for which takes_part(entry) holds; null when there is none.
template <class Predicate>
PeerEntry* smoothWeighted(std::span<PeerEntry> peers, Predicate takes_part) {
  PeerEntry* best = nullptr;
  int64_t total = 0;
  int64_t highest = INT64_MIN;
  for (PeerEntry& entry : peers) {
    if (!takes_part(entry)) continue;
    const int64_t weight = entry.effective_weight;
    const int64_t current = entry.current_weight += weight;
    total += weight;
    if (weight < entry.weight) ++entry.effective_weight;
    if (current <= highest) continue;
    best = &entry;
    highest = current;
  }
  if (best != nullptr) best->current_weight -= total;
  return best;
}

}  // namespace weir
