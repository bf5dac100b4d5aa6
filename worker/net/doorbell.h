// SPDX-License-Identifier: Apache-2.0
#pragma once
// Doorbell: how one thread tells another that there is work. Ringing costs a system call only while the other sleeps;
// while it is awake or naps, ringing is one atomic exchange, and the work is seen when it looks next.

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <ctime>

#include "shared/base/clock.h"

namespace weir {

class Doorbell {
 public:
  // ---- for the thread that has work
  void ring() {
    if (state_.exchange(kRung) == kAsleep) wake(state_);
  }
  // Ends a nap, too.
  void ringUrgently() {
    ring();
    urgent_.fetch_add(1);
    wake(urgent_);
  }

  // ---- for the one thread that waits; after each it has to look for work
  // Until rung, or for that long; a timeout of 0 is none.
  void sleep(Milliseconds timeout) {
    uint32_t awake = kAwake;
    if (state_.compare_exchange_strong(awake, kAsleep)) wait(state_, kAsleep, timeout);
    state_.exchange(kAwake);
  }
  // For that long, or until rung urgently.
  void nap(Milliseconds time) {
    wait(urgent_, urgent_.load(), time);
    state_.exchange(kAwake);
  }

 private:
  static constexpr uint32_t kAwake = 0, kAsleep = 1, kRung = 2;
  using Word = std::atomic<uint32_t>;
  static_assert(sizeof(Word) == sizeof(uint32_t) && Word::is_always_lock_free);

  static void wake(Word& word) { ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }
  static void wait(Word& word, uint32_t while_equal, Milliseconds timeout) {
    timespec time{timeout.count() / 1000, static_cast<long>(timeout.count() % 1000) * 1'000'000};
    ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, while_equal, timeout.count() == 0 ? nullptr : &time, nullptr, 0);
  }

  Word state_{kAwake};
  Word urgent_{0};
};

}  // namespace weir
