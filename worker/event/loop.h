// SPDX-License-Identifier: Apache-2.0
#pragma once
// EventLoop: the one loop of a worker or of the monitor. A turn waits for events, runs their callbacks, then what was
// posted, then hooks, then destroys what was retired. Made after fork; not thread-safe.
// With readiness.h, deadline.h and watch.h the only door to libevent.

#include <cstdint>
#include <memory>
#include <vector>

#include "shared/base/clock.h"
#include "shared/base/list.h"

struct event;
struct event_base;

namespace weir {

class Deadline;

// Whatever may be handed to EventLoop::retire().
class Retirable {
 public:
  virtual ~Retirable() = default;
};

// Work for the end of the current turn; linked while it waits, so ending it takes it back.
class Task : public ListNode<Task> {
 public:
  virtual void run() = 0;

 protected:
  ~Task() = default;
};

// Told once at the end of every turn (logs to flush, heartbeats).
class TurnHook : public ListNode<TurnHook> {
 public:
  virtual void onTurnEnd(Instant now) = 0;

 protected:
  ~TurnHook() = default;
};

class EventLoop {
 public:
  // Of the event library in use: "2.1.12-stable".
  static const char* libraryVersion();

  EventLoop();
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs turns until stop().
  void run();
  // Runs one turn; waits for an event at most this long.
  void turn(Milliseconds longest = Milliseconds::max());
  void stop() { stopped_ = true; }
  bool stopped() const { return stopped_; }

  // The time of this turn: read once, when its first callback asks.
  Instant now() {
    if (!now_known_) readClock();
    return now_;
  }
  // Calendar time of this turn, derived from now(); follows the system's clock within a second.
  WallTime wallNow();

  // Runs the task after this turn's events; posting twice is posting once.
  void post(Task& task);
  void addHook(TurnHook& hook) { hooks_.pushBack(hook); }

  // Destroys the object when the turn ends: whoever is running now may be inside it.
  void retire(std::unique_ptr<Retirable> object) { retired_.push_back(std::move(object)); }

  // Destroys what was retired, and what that retires; for an owner that ends before the loop does.
  void destroyRetired();

  // Microseconds spent outside the wait, and the length of the last turn (how long an event may have waited).
  uint64_t busyMicroseconds() const { return busy_us_; }
  Microseconds lastTurn() const { return last_turn_; }

  event_base* base() { return base_; }

 private:
  friend class Deadline;

  void readClock();
  void wait(Milliseconds longest);
  void runTasks();
  void account();
  void onTimer();
  void scheduleTimer();

  // A binary heap by the time each Deadline was queued for.
  void heapInsert(Deadline& deadline);
  void heapRemove(Deadline& deadline);
  void heapUp(size_t index);
  void heapDown(size_t index);
  void heapPlace(size_t index, Deadline* deadline);

  event_base* base_;
  event* timer_;
  event* bound_;  // of a turn's wait
  Instant timer_due_ = kNever;
  std::vector<Deadline*> heap_;
  List<Task> tasks_;
  List<TurnHook> hooks_;
  std::vector<std::unique_ptr<Retirable>> retired_;
  Instant now_{};
  bool now_known_ = false;
  bool stopped_ = false;
  Instant wall_checked_{};
  WallTime wall_at_check_{};
  uint64_t busy_us_ = 0;
  Microseconds last_turn_{};
};

}  // namespace weir
