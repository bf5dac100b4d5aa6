// SPDX-License-Identifier: Apache-2.0
#pragma once
// Deadline: "tell me when this time has passed". Part of the object that waits, and ends with it.
// Arming again, later or never, only stores a time: the heap is put right when the old time comes.

#include <cstddef>

#include "shared/base/clock.h"

namespace weir {

class EventLoop;

class Deadline {
 public:
  class Owner {
   public:
    // The time has passed; the deadline is no longer armed.
    virtual void onDeadline(Deadline& deadline) = 0;

   protected:
    ~Owner() = default;
  };

  Deadline(EventLoop& loop, Owner& owner) : loop_(loop), owner_(&owner) {}
  // For one that serves several owners in turn. REQUIRES: setOwner() before it is armed
  explicit Deadline(EventLoop& loop) : loop_(loop) {}
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  // REQUIRES: it is not armed
  void setOwner(Owner& owner) { owner_ = &owner; }

  void arm(Instant due);
  // From the turn's time on. A wait beyond a century is never.
  void armIn(Milliseconds wait);
  void disarm() { due_ = kNever; }
  bool armed() const { return due_ != kNever; }
  Instant due() const { return due_; }

 private:
  friend class EventLoop;
  static constexpr size_t kNotQueued = static_cast<size_t>(-1);

  EventLoop& loop_;
  Owner* owner_ = nullptr;
  Instant due_ = kNever;     // what the owner wants
  Instant queued_ = kNever;  // where the heap has it; never later than due_
  size_t index_ = kNotQueued;
};

}  // namespace weir
