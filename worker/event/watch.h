// SPDX-License-Identifier: Apache-2.0
#pragma once
// FdWatch: level-triggered interest in a descriptor that somebody else owns, for libraries that bring their own
// sockets. Traffic uses Readiness. Must end before the descriptor is closed; may be destroyed from within its own
// callback.

#include <event2/event_struct.h>

namespace weir {

class EventLoop;

class FdWatch {
 public:
  class Owner {
   public:
    // Again in every turn until it is no longer so. An error counts as both.
    virtual void onWatched(int fd, bool readable, bool writable) = 0;

   protected:
    ~Owner() = default;
  };

  // Watches for nothing until want().
  FdWatch(EventLoop& loop, int fd, Owner& owner);
  ~FdWatch();
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  void want(bool readable, bool writable);
  int fd() const { return fd_; }

 private:
  static void onEvent(int fd, short what, void* self) noexcept;

  EventLoop& loop_;
  int fd_;
  Owner& owner_;
  short wanted_ = 0;  // libevent's bits; 0: no event is added
  event event_;
};

}  // namespace weir
