// SPDX-License-Identifier: Apache-2.0
#include "master/reload.h"

#include <utility>

namespace weir {
namespace {

std::set<unsigned> membersOf(const Generation& generation) {
  std::set<unsigned> members(generation.slots().begin(), generation.slots().end());
  members.insert(Segment::kMonitorSlot);
  return members;
}

}  // namespace

Reload::Reload(std::unique_ptr<Generation> candidate, Children& children, Instant now)
    : candidate_(std::move(candidate)), children_(children), members_(membersOf(*candidate_)), rollout_(members_) {
  for (unsigned slot : members_) offerTo(slot, now);
}

void Reload::offerTo(unsigned slot, Instant now) {
  if (children_.find(slot) == nullptr) {
    auto started = children_.start(slot, *candidate_, now);
    if (!started) return rollout_.fail(started.error().message());
  }
  children_.find(slot)->offer(candidate_->offerFor(slot), now);
}

void Reload::take(const ChildEvent& event) {
  switch (event.kind) {
    case ChildEvent::Kind::Prepared:
      return rollout_.prepared(event.slot);
    case ChildEvent::Kind::Refused:
      return rollout_.refused(event.slot, event.text);
    case ChildEvent::Kind::Committed:
      return rollout_.committed(event.slot);
    case ChildEvent::Kind::Released:
      return;
    case ChildEvent::Kind::Ended:
      return rollout_.lost(event.slot, event.text);
  }
}

std::unique_ptr<Generation> Reload::commit(Instant now) {
  if (auto active = candidate_->listeners().activate(); !active) {
    rollout_.fail(active.error().message());
    return nullptr;
  }
  rollout_.commit();
  candidate_->listeners().applyChanges();  // before workers look at them
  for (unsigned slot : members_) commitTo(*children_.find(slot), now);
  return std::move(candidate_);
}

// The limit first: what `worker_connections = auto` means is derived from it.
void Reload::commitTo(Child& child, Instant now) {
  child.setLimits(candidate_->limitsFor(child.slot()));
  child.commit(now);
}

void Reload::undo(Instant now) {
  for (unsigned slot : members_)
    if (Child* child = children_.find(slot)) child->abort(now);
}

}  // namespace weir
