// SPDX-License-Identifier: Apache-2.0
#pragma once
// RetryBudget: how many tries of one upstream may be repeated in this worker (S-16). A peer's death hits every request
// that it has, and each of them may be tried again at once; an outage that lasts gets a fifth more load and no more:
// each request earns a fifth of a retry, and two for each active request may be taken in advance, of the most that were
// active since nothing was owed: those that a death hits tell one after another, and become fewer. Three may always
// run. RetryPermit: one retry that runs; tells the budget when it ends. The budget outlives its permits.

#include <algorithm>
#include <cstdint>
#include <utility>

namespace weir {

class RetryPermit;

class RetryBudget {
 public:
  static constexpr uint64_t kMinimum = 3;  // retries that may always run
  static constexpr uint64_t kEarned = 20;  // of a hundred, by each request
  static constexpr uint64_t kAdvance = 2;  // by each active request: a stale connection, then the dead peer itself

  // A request begins.
  void earn() { owed_ -= std::min(owed_, kEarned); }
  // An empty permit when the budget is used up.
  RetryPermit take(uint64_t active_requests);
  uint64_t running() const { return running_; }

 private:
  friend class RetryPermit;
  static constexpr uint64_t kPrice = 100;

  uint64_t running_ = 0;
  uint64_t owed_ = 0;  // in hundredths of a retry
  uint64_t peak_ = 0;  // of active requests
};

class RetryPermit {
 public:
  RetryPermit() = default;
  RetryPermit(RetryPermit&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)) {}
  RetryPermit& operator=(RetryPermit&& other) noexcept {
    std::swap(budget_, other.budget_);
    return *this;
  }
  ~RetryPermit() {
    if (budget_ != nullptr) --budget_->running_;
  }
  explicit operator bool() const { return budget_ != nullptr; }

 private:
  friend class RetryBudget;
  explicit RetryPermit(RetryBudget* budget) : budget_(budget) { ++budget_->running_; }

  RetryBudget* budget_ = nullptr;
};

inline RetryPermit RetryBudget::take(uint64_t active_requests) {
  peak_ = owed_ == 0 ? active_requests : std::max(peak_, active_requests);
  if (running_ >= kMinimum) {
    if (owed_ + kPrice > kAdvance * kPrice * peak_) return {};
    owed_ += kPrice;
  }
  return RetryPermit(this);
}

}  // namespace weir
