// SPDX-License-Identifier: Apache-2.0
#pragma once
// Recycled<T>: objects of T come from a list of freed ones, so that traffic in its steady state allocates nothing.
// For classes made and ended with every exchange or connection; one thread.

#include <cstddef>
#include <new>

namespace weir {

template <class T, size_t kMaxFree = 1024>
class Recycled {
 public:
  static void* operator new(size_t size) {
    if (size != sizeof(T) || free_ == nullptr) return ::operator new(size);
    Node* node = free_;
    free_ = node->next;
    --free_count_;
    return node;
  }
  static void operator delete(void* memory, size_t size) {
    if (size != sizeof(T) || free_count_ >= kMaxFree) return ::operator delete(memory);
    static_assert(sizeof(T) >= sizeof(Node));
    free_ = new (memory) Node{free_};
    ++free_count_;
  }

 private:
  struct Node {
    Node* next;
  };
  inline static Node* free_ = nullptr;
  inline static size_t free_count_ = 0;
};

}  // namespace weir
