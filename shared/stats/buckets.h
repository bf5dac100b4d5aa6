// SPDX-License-Identifier: Apache-2.0
#pragma once
// Buckets: the upper bounds of a histogram, in microseconds, ascending, inclusive (Prometheus' `le`).
// A histogram of n bounds takes n + 2 cells: one per bound, one for what exceeds the last (+Inf), and the sum in
// microseconds. Bucket cells are not cumulative; the count of observations is their sum.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace weir {

class Buckets {
 public:
  static constexpr size_t kMaxBounds = 15;

  consteval Buckets(std::initializer_list<int64_t> bounds) : count_(static_cast<uint32_t>(bounds.size())) {
    bounds_.fill(std::numeric_limits<int64_t>::max());
    size_t i = 0;
    for (int64_t bound : bounds) bounds_.at(i++) = bound;
  }

  constexpr uint32_t count() const { return count_; }
  constexpr uint32_t cells() const { return count_ + 2; }
  constexpr uint32_t sumCell() const { return count_ + 1; }
  // Microseconds; i < count()
  constexpr int64_t bound(size_t i) const { return bounds_[i]; }

  // The bucket of a value: 0..count(), count() being +Inf. Four compares without a branch, whatever the value:
  // the array is padded to 2^4 - 1 with bounds that nothing exceeds.
  constexpr uint32_t position(int64_t value) const {
    uint32_t below = 0;
    below += bounds_[7] < value ? 8 : 0;
    below += bounds_[below + 3] < value ? 4 : 0;
    below += bounds_[below + 1] < value ? 2 : 0;
    return below + (bounds_[below] < value ? 1 : 0);
  }

 private:
  uint32_t count_;
  std::array<int64_t, kMaxBounds> bounds_{};
};

// 0.5 ms .. 30 s: what an exchange takes, seen by its client or by its peer, which is often in the same room. One set
// for both sides, so that their difference is weir's own part (docs/decisions).
inline constexpr Buckets kExchangeBuckets{500,       1'000,     2'500,     5'000,      10'000,
                                          25'000,    50'000,    100'000,   250'000,    500'000,
                                          1'000'000, 2'500'000, 5'000'000, 10'000'000, 30'000'000};
// 0.1 ms .. 5 s: how late an event loop is.
inline constexpr Buckets kLoopBuckets{100,    250,     500,     1'000,   2'500,     5'000,     10'000,   25'000,
                                      50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000};
// 10 ms .. a day: how long a session of a stream lasts.
inline constexpr Buckets kSessionBuckets{10'000,      100'000,     1'000'000,     10'000'000,     60'000'000,
                                         300'000'000, 900'000'000, 3'600'000'000, 21'600'000'000, 86'400'000'000};

}  // namespace weir
