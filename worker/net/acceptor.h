// SPDX-License-Identifier: Apache-2.0
#pragma once
// Acceptor: turns a readable listening socket into connected descriptors, a bounded batch per turn, so that a flood of
// connects leaves the others their turn. Survives having no descriptor left: a spare one is given up to accept and
// close the waiting client, then accepting pauses for a moment. Owned by the worker's listener.

#include <cstdint>

#include "shared/base/fd.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/event/readiness.h"

namespace weir {

class Acceptor : Readiness::Listener, Deadline::Owner, Task {
 public:
  class Owner {
   public:
    virtual void onAccept(Fd connection, const sockaddr* remote, socklen_t size) = 0;
    // A client was turned away because the process is out of descriptors.
    virtual void onDescriptorsExhausted() = 0;

   protected:
    ~Owner() = default;
  };

  static constexpr int kBatch = 64;           // connections per event, and again per task of a turn
  static constexpr int kMaxQueued = 65536;    // acceptQueued()
  static constexpr Milliseconds kPause{100};  // after descriptors ran out

  Acceptor(EventLoop& loop, Fd listening, Owner& owner);
  ~Acceptor() = default;

  int fd() const { return ready_.fd(); }
  // Stops accepting but keeps the socket; start() goes on.
  void stop() { stopped_ = true; }
  void start();
  // Takes what is queued now, before the socket is closed; bounded.
  void acceptQueued();

 private:
  void onReady() override { acceptBatch(); }
  void onDeadline(Deadline&) override { acceptBatch(); }
  void run() override { acceptBatch(); }
  void acceptBatch();
  bool acceptOne();  // false: nothing more for now
  void shedOne();

  EventLoop& loop_;
  Owner& owner_;
  Readiness ready_;
  Deadline pause_;
  Fd spare_;
  bool stopped_ = false;
};

}  // namespace weir
