// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ref<T>: shared ownership within one thread, by a count in the object. For what outlives the configuration that made
// it (a Runtime while exchanges use it, a Peer while leases do); traffic itself is owned by unique_ptr.

#include <cstdint>
#include <utility>

namespace weir {

class Counted {
 public:
  Counted() = default;
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  virtual ~Counted() = default;

  uint32_t references() const { return references_; }

 private:
  template <class T>
  friend class Ref;
  mutable uint32_t references_ = 0;
};

template <class T>
class Ref {
 public:
  Ref() = default;
  explicit Ref(T* object) : object_(object) { retain(); }
  Ref(const Ref& other) : object_(other.object_) { retain(); }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class Derived>
  Ref(const Ref<Derived>& other) : Ref(other.get()) {}  // NOLINT: as pointers convert
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr && --counted().references_ == 0) destroy(object_);
  }

  T* get() const { return object_; }
  T* operator->() const { return object_; }
  T& operator*() const { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }
  bool operator==(const Ref& other) const { return object_ == other.object_; }

 private:
  // Out of line: inlined, g++ 12 takes two Refs to one object for a use after free.
  [[gnu::noinline]] static void destroy(T* object) { delete object; }
  const Counted& counted() const { return *object_; }
  void retain() {
    if (object_ != nullptr) ++counted().references_;
  }

  T* object_ = nullptr;
};

template <class T, class... Args>
Ref<T> makeRef(Args&&... args) {
  return Ref<T>(new T(std::forward<Args>(args)...));
}

}  // namespace weir
