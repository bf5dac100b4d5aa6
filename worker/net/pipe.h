// SPDX-License-Identifier: Apache-2.0
#pragma once
// Pipe: a movable handle of a kernel pipe through which bytes go from one plain socket to another without being copied
// here (splice(2)); empty while nothing is held.
// PipePool: a worker's pipes, recycled when they are empty. Bounded: when it gives none, bytes are copied instead.

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "shared/base/fd.h"

namespace weir {

class PipePool;

class Pipe {
 public:
  Pipe() = default;
  Pipe(Pipe&& other) noexcept : ends_(std::move(other.ends_)) {}
  Pipe& operator=(Pipe&& other) noexcept {
    if (this != &other) {
      release();
      ends_ = std::move(other.ends_);
    }
    return *this;
  }
  ~Pipe() { release(); }

  explicit operator bool() const { return ends_ != nullptr; }
  // Back to the pool; closed if bytes are in it.
  void release() {
    if (ends_) giveBack();
  }

  // Below: REQUIRES a held pipe. For streams: how much went in and out.
  size_t size() const { return ends_->held; }
  // Bytes that may fit; fewer do when they come in many small pieces, of which each takes a page.
  size_t room() const { return ends_->capacity - ends_->held; }
  int readEnd() const { return ends_->read.get(); }
  int writeEnd() const { return ends_->write.get(); }
  void produced(size_t bytes) { ends_->held += bytes; }
  void consumed(size_t bytes) { ends_->held -= bytes; }

 private:
  friend class PipePool;
  struct Ends {
    PipePool* pool;
    Fd read;
    Fd write;
    size_t capacity;
    size_t held = 0;
  };
  explicit Pipe(std::unique_ptr<Ends> ends) : ends_(std::move(ends)) {}
  void giveBack();

  std::unique_ptr<Ends> ends_;
};

class PipePool {
 public:
  // The most that an unprivileged process may ask for by default (pipe(7)), and the least that is worth a detour.
  static constexpr size_t kCapacity = 1 << 20;
  static constexpr size_t kLeast = 64 << 10;
  static constexpr size_t kMostIdle = 32;
  static constexpr size_t kMost = 256;  // in use and idle

  PipePool() = default;
  PipePool(const PipePool&) = delete;
  PipePool& operator=(const PipePool&) = delete;

  // An empty pipe; none when there are too many, or the system gives no descriptors or no room: a user's pipes share
  // pipe-user-pages-soft.
  Pipe take();
  size_t outstanding() const { return outstanding_; }
  size_t idle() const { return idle_.size(); }

 private:
  friend class Pipe;
  void give(std::unique_ptr<Pipe::Ends> ends);

  std::vector<std::unique_ptr<Pipe::Ends>> idle_;
  size_t outstanding_ = 0;
};

}  // namespace weir
