// SPDX-License-Identifier: Apache-2.0
#include "master/respawns.h"

#include <algorithm>

namespace weir {
namespace {

// The first early death may be an accident; a second one in a row is a habit.
Milliseconds longer(Milliseconds pause) {
  if (pause.count() == 0) return Respawns::kFirstPause;
  return std::min(pause * 2, Respawns::kLongestPause);
}

}  // namespace

Milliseconds Respawns::died(unsigned slot, Instant started, Instant now) {
  History& history = slots_[slot];
  ++history.deaths;
  bool young = now - started < kStableLife;
  history.pause = young && history.died_young ? longer(history.pause) : Milliseconds{0};
  history.died_young = young;
  history.due = now + history.pause;
  return history.pause;
}

void Respawns::cancel(unsigned slot) {
  auto found = slots_.find(slot);
  if (found != slots_.end()) found->second.due = kNever;
}

std::vector<unsigned> Respawns::due(Instant now) const {
  std::vector<unsigned> slots;
  for (const auto& [slot, history] : slots_)
    if (history.due <= now) slots.push_back(slot);
  return slots;
}

unsigned Respawns::deaths(unsigned slot) const {
  auto found = slots_.find(slot);
  return found == slots_.end() ? 0 : found->second.deaths;
}

Instant Respawns::next() const {
  Instant earliest = kNever;
  for (const auto& [slot, history] : slots_) earliest = std::min(earliest, history.due);
  return earliest;
}

}  // namespace weir
