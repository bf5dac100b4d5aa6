// SPDX-License-Identifier: Apache-2.0
#pragma once
// Readiness: what is known of a descriptor's state, kept up to date by one edge-triggered event for its whole life.
// It is a remembered fact, not a subscription: read and write are tried first; when the system says EAGAIN the fact is
// struck, and the next edge brings it back. No epoll_ctl between the descriptor's first and last turn; and none at all
// for one that begins Unwatched and is done with before anything had to be waited for.

#include <event2/event_struct.h>

#include <cstdint>

#include "shared/base/fd.h"

namespace weir {

class EventLoop;

class Readiness {
 public:
  class Listener {
   public:
    // Something became readable or writable, or the other side closed. May destroy nothing but by EventLoop::retire.
    virtual void onReady() = 0;

   protected:
    ~Listener() = default;
  };

  // Read: nobody asks whether it takes bytes. A datagram socket says so for each one that has left it, and would wake
  // the loop for nothing.
  enum class Interest : uint8_t { Both, Read };

  // Unwatched: taken to be ready for everything, and nothing is reported, until watch(), which striking does.
  enum class Start : uint8_t { Watched, Unwatched };

  // Takes the descriptor; watched, it reports once at the next turn what is ready then.
  Readiness(EventLoop& loop, Fd fd, Interest interest = Interest::Both, Start start = Start::Watched);
  ~Readiness();
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  int fd() const { return fd_.get(); }
  // Null: edges are only remembered.
  void setListener(Listener* listener) { listener_ = listener; }

  bool readable() const { return readable_; }
  bool writable() const { return writable_; }
  // The other side has ended its direction in order: read until the end, it will come without another edge. A reset
  // sets readable and writable only (libevent does not tell it apart), even when bytes came just before it: who must
  // not wait for a timeout to learn of it tries once more after a short read.
  bool hangup() const { return hangup_; }

  // From now on what becomes ready is reported, what is ready already at the next turn.
  void watch();
  bool watched() const { return watched_; }

  void strikeReadable() { strike(readable_); }
  void strikeWritable() { strike(writable_); }
  void assumeWritable() { writable_ = true; }
  void assumeReadable() { readable_ = true; }
  // As an edge does: somebody waits for what no edge tells.
  void wake() {
    if (listener_ != nullptr) listener_->onReady();
  }
  // A read came back short: nothing more is there, unless the end is already known to be.
  void readShort() { readable_ = hangup_; }

  // Ends the event and gives the descriptor away (to another loop or process).
  Fd release();

 private:
  void strike(bool& fact) {
    fact = false;
    if (!watched_) watch();
  }
  static void onEvent(int fd, short what, void* self) noexcept;

  Fd fd_;
  bool readable_ = false;
  bool writable_ = false;
  bool hangup_ = false;
  bool watched_ = false;
  Listener* listener_ = nullptr;
  event event_;
};

}  // namespace weir
