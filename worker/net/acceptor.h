// SPDX-License-Identifier: Apache-2.0
#pragma once
// Acceptor: turns a readable listening socket into connected descriptors, a bounded batch per turn, so that a flood of
// connects leaves the others their turn. Survives having no descriptor left: its owner is asked to give up connections,
// and where it has none to give up, a spare descriptor is, to accept and close the waiting client; then accepting
// pauses for a moment. Owned by the worker's listener.

#include <cstdint>

#include "shared/base/fd.h"
#include "shared/base/result.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/event/readiness.h"

namespace weir {

class Acceptor : Readiness::Listener, Deadline::Owner, Task {
 public:
  class Owner {
   public:
    virtual void onAccept(Fd connection, const sockaddr* remote, socklen_t size) = 0;
    // The process is out of descriptors: gives up a connection, whose descriptor is free once the turn ends. False:
    // there is none to give up, for now.
    virtual bool makeRoom() = 0;
    // A client was turned away because the process is out of descriptors.
    virtual void onDescriptorsExhausted() = 0;

   protected:
    ~Owner() = default;
  };

  static constexpr int kBatch = 64;           // connections per event, and again per task of a turn
  static constexpr int kMaxQueued = 65536;    // acceptQueued()
  static constexpr int kRoom = 4;             // connections given up at once: a client may need a peer's beside its own
  static constexpr int kMaxRetries = 4;       // without a descriptor, before a client is turned away
  static constexpr Milliseconds kPause{100};  // after a client was turned away
  static constexpr Milliseconds kRetry{1};    // after room was made: never in the turn that has yet to free it

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
  void onNoDescriptor(const Error& error);
  void shedOne(const Error& error);

  EventLoop& loop_;
  Owner& owner_;
  Readiness ready_;
  Deadline pause_;
  Fd spare_;
  int retries_ = 0;  // since a client was accepted
  bool stopped_ = false;
};

}  // namespace weir
