// SPDX-License-Identifier: Apache-2.0
#pragma once
// HandshakeTurns: the handshakes of a worker that have something to do, in the order they came. A signature takes
// 0.2 to 0.5 ms: in each turn of the loop they get a few milliseconds, so that a flood of them leaves traffic its time.

#include "worker/event/loop.h"

namespace weir {

class HandshakeTurns final : Task {
 public:
  // Whoever waits for its turn; ending takes it out.
  class Waiting : public ListNode<Waiting> {
   public:
    virtual void takeTurn() = 0;

   protected:
    ~Waiting() = default;
  };

  static constexpr Microseconds kBudget{2000};

  explicit HandshakeTurns(EventLoop& loop) : loop_(loop) {}

  // Waiting twice is waiting once.
  void enqueue(Waiting& handshake) {
    if (handshake.linked()) return;
    waiting_.pushBack(handshake);
    if (!linked()) loop_.post(*this);
  }

 private:
  void run() override {
    const Instant end = monotonicNow() + kBudget;
    while (!waiting_.empty()) {
      Waiting& next = waiting_.front();
      next.unlink();
      next.takeTurn();
      if (monotonicNow() >= end) break;
    }
    if (!waiting_.empty()) loop_.post(*this);
  }

  EventLoop& loop_;
  List<Waiting> waiting_;
};

}  // namespace weir
