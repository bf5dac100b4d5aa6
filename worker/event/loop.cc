// SPDX-License-Identifier: Apache-2.0
#include "worker/event/loop.h"

#include <event2/event.h>

#include <algorithm>
#include <cstdlib>

#include "shared/base/log.h"
#include "worker/event/deadline.h"

namespace weir {
namespace {

event_base* makeBase() {
  event_config* config = event_config_new();
  // No threads touch the base, and the environment must not choose another back end.
  event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
  event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE);
  event_base* base = event_base_new_with_config(config);
  event_config_free(config);
  return base;
}

timeval toTimeval(Microseconds wait) {
  auto us = std::max<int64_t>(wait.count(), 0);
  return {static_cast<time_t>(us / 1000000), static_cast<suseconds_t>(us % 1000000)};
}

}  // namespace

const char* EventLoop::libraryVersion() { return event_get_version(); }

EventLoop::EventLoop() : base_(makeBase()) {
  if (base_ == nullptr) {
    WEIR_LOG(Emerg, "no event loop: epoll is not available");
    std::abort();
  }
  auto trampoline = [](evutil_socket_t, short, void* self) noexcept { static_cast<EventLoop*>(self)->onTimer(); };
  timer_ = event_new(base_, -1, 0, trampoline, this);
  // An event like any other ends the wait of a turn; it has nothing else to do.
  bound_ = event_new(
      base_, -1, 0, [](evutil_socket_t, short, void*) noexcept {}, nullptr);
}

EventLoop::~EventLoop() {
  destroyRetired();
  event_free(bound_);
  event_free(timer_);
  event_base_free(base_);
}

void EventLoop::destroyRetired() {
  while (!retired_.empty()) {
    std::vector<std::unique_ptr<Retirable>> ended;
    ended.swap(retired_);
  }
}

void EventLoop::run() {
  while (!stopped_) turn();
}

void EventLoop::turn(Milliseconds longest) {
  now_known_ = false;
  wait(longest);
  runTasks();
  Instant turn_time = now();
  hooks_.each([turn_time](TurnHook& hook) { hook.onTurnEnd(turn_time); });
  // Destroying may retire more: those wait for the next turn.
  std::vector<std::unique_ptr<Retirable>> ended;
  ended.swap(retired_);
  ended.clear();
  if (retired_.empty()) retired_.swap(ended);  // keeps its capacity
  account();
}

void EventLoop::wait(Milliseconds longest) {
  // What was retired while others were destroyed may hold sockets: it must not wait for a stranger's event.
  bool work = !tasks_.empty() || !retired_.empty() || stopped_;
  if (work) {
    event_base_loop(base_, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    return;
  }
  bool bounded = longest != Milliseconds::max();
  if (bounded) {
    timeval limit = toTimeval(longest);
    event_add(bound_, &limit);
  }
  event_base_loop(base_, EVLOOP_ONCE);
  if (bounded) event_del(bound_);
}

void EventLoop::account() {
  last_turn_ = monotonicNow() - now_;
  busy_us_ += static_cast<uint64_t>(last_turn_.count());
}

void EventLoop::readClock() {
  now_ = monotonicNow();
  now_known_ = true;
}

WallTime EventLoop::wallNow() {
  constexpr Microseconds kRecheck{500000};
  Instant current = now();
  if (wall_at_check_ == WallTime{} || current - wall_checked_ > kRecheck) {
    wall_checked_ = current;
    wall_at_check_ = weir::wallNow();
  }
  return wall_at_check_ + (current - wall_checked_);
}

void EventLoop::post(Task& task) {
  if (!task.linked()) tasks_.pushBack(task);
}

void EventLoop::runTasks() {
  // Only what was posted before: a task that posts itself again waits a turn, so that events get theirs.
  List<Task> round;
  while (!tasks_.empty()) {
    Task& task = tasks_.front();
    task.unlink();
    round.pushBack(task);
  }
  while (!round.empty()) {
    Task& task = round.front();
    task.unlink();
    task.run();
  }
}

void EventLoop::onTimer() {
  timer_due_ = kNever;
  // Each at most once: an owner that arms for "now" again must not keep the loop here.
  for (size_t rest = heap_.size(); rest > 0 && !heap_.empty() && heap_.front()->queued_ <= now(); --rest) {
    Deadline& first = *heap_.front();
    if (first.due_ > now() && first.due_ != kNever) {
      first.queued_ = first.due_;
      heapDown(0);
      continue;
    }
    heapRemove(first);
    if (first.due_ == kNever) continue;
    first.due_ = kNever;
    first.owner_->onDeadline(first);
  }
  scheduleTimer();
}

void EventLoop::scheduleTimer() {
  if (heap_.empty() || heap_.front()->queued_ >= timer_due_) return;
  timer_due_ = heap_.front()->queued_;
  timeval wait = toTimeval(timer_due_ - monotonicNow());
  event_add(timer_, &wait);
}

void EventLoop::heapPlace(size_t index, Deadline* deadline) {
  heap_[index] = deadline;
  deadline->index_ = index;
}

void EventLoop::heapUp(size_t index) {
  Deadline* moving = heap_[index];
  while (index > 0) {
    size_t parent = (index - 1) / 2;
    if (heap_[parent]->queued_ <= moving->queued_) break;
    heapPlace(index, heap_[parent]);
    index = parent;
  }
  heapPlace(index, moving);
}

void EventLoop::heapDown(size_t index) {
  Deadline* moving = heap_[index];
  for (size_t child; (child = 2 * index + 1) < heap_.size(); index = child) {
    if (child + 1 < heap_.size() && heap_[child + 1]->queued_ < heap_[child]->queued_) ++child;
    if (moving->queued_ <= heap_[child]->queued_) break;
    heapPlace(index, heap_[child]);
  }
  heapPlace(index, moving);
}

void EventLoop::heapInsert(Deadline& deadline) {
  heap_.push_back(&deadline);
  heapUp(heap_.size() - 1);
  scheduleTimer();
}

void EventLoop::heapRemove(Deadline& deadline) {
  size_t index = deadline.index_;
  Deadline* last = heap_.back();
  heap_.pop_back();
  deadline.index_ = Deadline::kNotQueued;
  deadline.queued_ = kNever;
  if (last == &deadline) return;
  heapPlace(index, last);
  heapUp(index);
  heapDown(last->index_);
}

Deadline::~Deadline() {
  if (index_ != kNotQueued) loop_.heapRemove(*this);
}

void Deadline::arm(Instant due) {
  due_ = due;
  if (due == kNever || (index_ != kNotQueued && queued_ <= due)) return;
  if (index_ == kNotQueued) {
    queued_ = due;
    return loop_.heapInsert(*this);
  }
  queued_ = due;
  loop_.heapUp(index_);
  loop_.scheduleTimer();
}

void Deadline::armIn(Milliseconds wait) {
  constexpr Milliseconds kCentury{std::chrono::hours(24 * 365 * 100)};
  arm(wait > kCentury ? kNever : loop_.now() + wait);
}

}  // namespace weir
