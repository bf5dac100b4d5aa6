// SPDX-License-Identifier: Apache-2.0
#pragma once
// RetryBudget: how many retries of one upstream may run at a time in this worker: 20 % of its active requests, but
// always 3 (S-16). Without it an outage multiplies the load by the number of tries.
// RetryPermit: one retry that runs; gives its place back when it ends. The budget outlives its permits.

#include <algorithm>
#include <cstdint>
#include <utility>

namespace weir {

class RetryPermit;

class RetryBudget {
 public:
  static constexpr uint64_t kPercent = 20;
  static constexpr uint64_t kMinimum = 3;

  // An empty permit when the budget is used up.
  RetryPermit take(uint64_t active_requests);
  uint64_t running() const { return running_; }

 private:
  friend class RetryPermit;
  uint64_t running_ = 0;
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
  if (running_ >= std::max(kMinimum, active_requests * kPercent / 100)) return {};
  return RetryPermit(this);
}

}  // namespace weir
