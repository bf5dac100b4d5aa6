// SPDX-License-Identifier: Apache-2.0
#pragma once
// Smooth weighted round robin (S-12): spreads the turns of a heavy peer instead of giving them in a row, and gives a
// peer that failed its weight back step by step. For policies: the whole of round robin, the tie-break of others.

#include <cstddef>

#include "worker/upstream/peer_set.h"

namespace weir {

// Among the peers of the tier for which takes_part(index) holds; kNoPeer when there is none.
template <class Predicate>
size_t smoothWeighted(PeerSet& peers, Tier tier, Predicate takes_part) {
  size_t best = kNoPeer;
  int64_t total = 0;
  int64_t highest = 0;
  for (size_t i = tier.first; i < tier.last; ++i) {
    if (!takes_part(i)) continue;
    PeerEntry& entry = peers[i];
    entry.current_weight += entry.effective_weight;
    total += entry.effective_weight;
    if (entry.effective_weight < entry.weight) ++entry.effective_weight;
    if (best != kNoPeer && entry.current_weight <= highest) continue;
    best = i;
    highest = entry.current_weight;
  }
  if (best != kNoPeer) peers[best].current_weight -= total;
  return best;
}

}  // namespace weir
