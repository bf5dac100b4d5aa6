// SPDX-License-Identifier: Apache-2.0
#pragma once
// SharedMemory: memory that the master makes and children map by its descriptor, to write and read together. It begins
// as zeros, keeps its size for ever, is not swapped into a core file, and lives as long as anybody has it.

#include <atomic>
#include <cstdint>
#include <span>
#include <utility>

#include "shared/base/fd.h"
#include "shared/base/result.h"

namespace weir {

class SharedMemory {
 public:
  // For the master: pages exist once they are written.
  static Result<Fd> make(const char* name, size_t bytes);
  // The descriptor may be closed afterwards. An error, too, when its size could still change.
  static Result<SharedMemory> map(int fd);

  SharedMemory(SharedMemory&& other) noexcept : words_(std::exchange(other.words_, {})), inode_(other.inode_) {}
  SharedMemory& operator=(SharedMemory&& other) noexcept {
    std::swap(words_, other.words_);
    std::swap(inode_, other.inode_);
    return *this;
  }
  ~SharedMemory();

  std::span<std::atomic<uint64_t>> words() const { return words_; }
  // Whether the descriptor is of this memory.
  bool is(int fd) const;

 private:
  SharedMemory(std::span<std::atomic<uint64_t>> words, uint64_t inode) : words_(words), inode_(inode) {}

  std::span<std::atomic<uint64_t>> words_;
  uint64_t inode_;
};

}  // namespace weir
