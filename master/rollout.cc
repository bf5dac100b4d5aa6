// SPDX-License-Identifier: Apache-2.0
#include "master/rollout.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace weir {

Rollout::Rollout(std::set<unsigned> slots) : members_(std::move(slots)), awaited_(members_) {
  advanceWhenComplete(Phase::AllPrepared);
}

std::string Rollout::reasons() const {
  std::string text;
  for (const std::string& reason : reasons_) {
    text += reason;
    if (!text.ends_with('\n')) text += '\n';
  }
  return text;
}

void Rollout::prepared(unsigned slot) {
  if (phase_ != Phase::AwaitingPrepared) return;
  awaited_.erase(slot);
  advanceWhenComplete(Phase::AllPrepared);
}

void Rollout::refused(unsigned slot, const std::string& reason) {
  if (isOpen() && includes(slot)) fail(reason);
}

void Rollout::lost(unsigned slot, const std::string& reason) {
  if (!includes(slot)) return;
  if (isOpen()) return fail(reason);
  committed(slot);
}

void Rollout::commit() {
  if (phase_ != Phase::AllPrepared) std::abort();
  awaited_ = members_;
  phase_ = Phase::AwaitingCommitted;
  advanceWhenComplete(Phase::Done);
}

void Rollout::committed(unsigned slot) {
  if (phase_ != Phase::AwaitingCommitted) return;
  awaited_.erase(slot);
  advanceWhenComplete(Phase::Done);
}

void Rollout::fail(const std::string& reason) {
  if (std::find(reasons_.begin(), reasons_.end(), reason) == reasons_.end()) reasons_.push_back(reason);
  phase_ = Phase::Failed;
}

void Rollout::advanceWhenComplete(Phase next) {
  if (awaited_.empty()) phase_ = next;
}

}  // namespace weir
