// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rollout: the votes of one reload. Every child must prepare before any may commit; after that there is no way back.
// Pure bookkeeping: it sends nothing, knows no clock, and lives as long as its reload.

#include <set>
#include <string>
#include <vector>

namespace weir {

class Rollout {
 public:
  enum class Phase : uint8_t { AwaitingPrepared, AllPrepared, AwaitingCommitted, Done, Failed };

  // slots: who takes part. Nobody: all are prepared.
  explicit Rollout(std::set<unsigned> slots);

  Phase phase() const { return phase_; }
  bool hasFailed() const { return phase_ == Phase::Failed; }
  // Whether the decision can still be to undo.
  bool isOpen() const { return phase_ == Phase::AwaitingPrepared || phase_ == Phase::AllPrepared; }
  bool includes(unsigned slot) const { return members_.contains(slot); }
  // Whose answer the phase waits for.
  const std::set<unsigned>& awaited() const { return awaited_; }
  // Why it failed, one reason a line; the same reason from many children is kept once.
  std::string reasons() const;

  void prepared(unsigned slot);
  // The child cannot build what it was offered.
  void refused(unsigned slot, const std::string& reason);
  // The child has ended. Before the decision that fails the rollout; afterwards its successor starts with the new
  // configuration, and nobody waits for it here.
  void lost(unsigned slot, const std::string& reason);
  // The decision. REQUIRES: phase() == AllPrepared
  void commit();
  void committed(unsigned slot);
  // Something beside the children went wrong. REQUIRES: isOpen()
  void fail(const std::string& reason);

 private:
  void advanceWhenComplete(Phase next);

  std::set<unsigned> members_;
  std::set<unsigned> awaited_;
  std::vector<std::string> reasons_;
  Phase phase_ = Phase::AwaitingPrepared;
};

}  // namespace weir
