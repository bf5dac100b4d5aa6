// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineRing: a bounded queue of whole lines between two threads, one that pushes and one that pops. Lock-free, never
// allocates after its making; a line that does not fit is refused. Memory is touched only as far as it was used.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace weir {

class LineRing {
 public:
  // capacity is rounded up to a power of two.
  explicit LineRing(size_t capacity)
      : mask_(std::bit_ceil(capacity) - 1), bytes_(std::make_unique_for_overwrite<char[]>(mask_ + 1)) {}

  size_t capacity() const { return mask_ + 1; }

  // ---- for the thread that pushes
  // False: there is no room.
  bool push(std::string_view line) {
    size_t head = head_.load(std::memory_order_relaxed);
    if (capacity() - (head - tail_seen_) < line.size()) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (capacity() - (head - tail_seen_) < line.size()) return false;
    }
    size_t at = head & mask_;
    size_t first = std::min(line.size(), capacity() - at);
    std::memcpy(&bytes_[at], line.data(), first);
    if (first < line.size()) std::memcpy(&bytes_[0], line.data() + first, line.size() - first);
    head_.store(head + line.size(), std::memory_order_release);
    return true;
  }
  size_t used() const { return head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_relaxed); }

  // ---- for the thread that pops
  // Everything pushed and not popped, in one or two pieces.
  struct Pieces {
    std::string_view first, second;
    size_t size() const { return first.size() + second.size(); }
  };
  Pieces readable() const {
    size_t tail = tail_.load(std::memory_order_relaxed);
    size_t size = head_.load(std::memory_order_acquire) - tail;
    size_t at = tail & mask_;
    size_t first = std::min(size, capacity() - at);
    return {{&bytes_[at], first}, {&bytes_[0], size - first}};
  }
  // REQUIRES: at most readable().size()
  void pop(size_t size) { tail_.store(tail_.load(std::memory_order_relaxed) + size, std::memory_order_release); }

 private:
  // Each thread's own index is on its own cache line.
  alignas(64) std::atomic<size_t> head_{0};
  size_t tail_seen_ = 0;
  alignas(64) std::atomic<size_t> tail_{0};
  alignas(64) size_t mask_;
  std::unique_ptr<char[]> bytes_;
};

}  // namespace weir
