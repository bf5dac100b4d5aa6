// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineRing: a bounded queue of whole lines between two threads, one that pushes and one that pops, in memory of someone
// else (LogBlock). Lock-free, never allocates; a line that does not fit is refused. Memory is touched only as far as it
// was used, and what it holds does not depend on this object: who has the memory may go on popping.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace weir {

class LineRing {
 public:
  // Bytes ever pushed, and ever popped; each on its own cache line, since each is one thread's. Zeroes are an empty
  // ring.
  struct Ends {
    alignas(64) std::atomic<uint64_t> head;
    alignas(64) std::atomic<uint64_t> tail;
  };
  // Both outlive it. REQUIRES: a power of two of bytes
  LineRing(Ends& ends, std::span<char> bytes)
      : ends_(ends), bytes_(bytes.data()), mask_(bytes.size() - 1), tail_seen_(ends.tail.load()) {}

  size_t capacity() const { return mask_ + 1; }

  // ---- for the thread that pushes
  // False: there is no room.
  bool push(std::string_view line) {
    uint64_t head = ends_.head.load(std::memory_order_relaxed);
    if (capacity() - (head - tail_seen_) < line.size()) {
      tail_seen_ = ends_.tail.load(std::memory_order_acquire);
      if (capacity() - (head - tail_seen_) < line.size()) return false;
    }
    size_t at = head & mask_;
    size_t first = std::min(line.size(), capacity() - at);
    std::memcpy(bytes_ + at, line.data(), first);
    if (first < line.size()) std::memcpy(bytes_, line.data() + first, line.size() - first);
    ends_.head.store(head + line.size(), std::memory_order_release);
    return true;
  }
  size_t used() const {
    return ends_.head.load(std::memory_order_relaxed) - ends_.tail.load(std::memory_order_relaxed);
  }

  // ---- for the thread that pops
  // Everything pushed and not popped, in one or two pieces.
  struct Pieces {
    std::string_view first, second;
    size_t size() const { return first.size() + second.size(); }
  };
  Pieces readable(size_t at_most = SIZE_MAX) const {
    uint64_t tail = ends_.tail.load(std::memory_order_relaxed);
    size_t size = std::min<size_t>(ends_.head.load(std::memory_order_acquire) - tail, at_most);
    size_t at = tail & mask_;
    size_t first = std::min(size, capacity() - at);
    return {{bytes_ + at, first}, {bytes_, size - first}};
  }
  // REQUIRES: at most readable().size()
  void pop(size_t size) {
    ends_.tail.store(ends_.tail.load(std::memory_order_relaxed) + size, std::memory_order_release);
  }

 private:
  Ends& ends_;
  char* const bytes_;
  const size_t mask_;
  alignas(64) uint64_t tail_seen_;  // by the thread that pushes
};

}  // namespace weir
