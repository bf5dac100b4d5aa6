// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reused<T>: a T that comes from a list of used ones and goes back to it with the memory it has grown to, so that
// traffic in its steady state allocates nothing. The user clears it; one thread. Recycled is for objects to be made
// anew.

#include <cstddef>
#include <memory>
#include <vector>

namespace weir {

template <class T>
class Reused {
 public:
  Reused() : object_(take()) {}
  ~Reused() {
    if (object_ && free().size() < kMaxFree) free().push_back(std::move(object_));
  }
  Reused(const Reused&) = delete;
  Reused& operator=(const Reused&) = delete;

  T* operator->() const { return object_.get(); }
  T& operator*() const { return *object_; }

 private:
  static constexpr size_t kMaxFree = 256;

  static std::vector<std::unique_ptr<T>>& free() {
    static std::vector<std::unique_ptr<T>> list;
    return list;
  }
  static std::unique_ptr<T> take() {
    if (free().empty()) return std::make_unique<T>();
    auto object = std::move(free().back());
    free().pop_back();
    return object;
  }

  std::unique_ptr<T> object_;
};

}  // namespace weir
