// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reload: carries the children from one generation to the next in two phases, or leaves them where they were. Starting
// is the first reload: there is nothing to go back to then. Owned by the Supervisor, from the moment the candidate is
// open until every child has answered.

#include <memory>
#include <string>

#include "master/children.h"
#include "master/generation.h"
#include "master/rollout.h"

namespace weir {

class Reload {
 public:
  // Offers the candidate to every process that it needs, after forking those that are missing.
  // REQUIRES: no child is in the middle of taking another generation
  Reload(std::unique_ptr<Generation> candidate, Children& children, Instant now);

  Rollout::Phase phase() const { return rollout_.phase(); }
  // Until the decision; afterwards there is no way back.
  bool isOpen() const { return rollout_.isOpen(); }
  // Whether this child's answer is a vote here. If not, it is a successor that takes the current generation.
  bool includes(unsigned slot) const { return rollout_.isOpen() && rollout_.includes(slot); }
  std::string reasons() const { return rollout_.reasons(); }
  void take(const ChildEvent& event);

  // REQUIRES: phase() == AllPrepared. The candidate serves from here on and is handed out; null when its sockets
  // cannot listen: then the reload has failed.
  std::unique_ptr<Generation> commit(Instant now);
  // Every child forgets what it prepared; what was forked or opened for the candidate ends with it.
  void undo(Instant now);

 private:
  void offerTo(unsigned slot, Instant now);
  void commitTo(Child& child, Instant now);

  std::unique_ptr<Generation> candidate_;
  Children& children_;
  std::set<unsigned> members_;  // the workers' slots and the monitor's
  Rollout rollout_;
};

}  // namespace weir
