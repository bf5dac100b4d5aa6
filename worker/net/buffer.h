// SPDX-License-Identifier: Apache-2.0
#pragma once
// Buffer: a movable handle of 8 bytes to a block of memory with a read and a write end; empty while nothing is held.
// BufferPool: a worker's blocks in three sizes, recycled. An idle connection holds no buffer.

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace weir {

class BufferPool;

class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    if (this != &other) {
      release();
      block_ = std::exchange(other.block_, nullptr);
    }
    return *this;
  }
  ~Buffer() { release(); }

  explicit operator bool() const { return block_ != nullptr; }
  void release() {
    if (block_ != nullptr) giveBack();
  }

  // Below: REQUIRES a held block.
  size_t capacity() const { return block_->capacity; }
  // First byte of the block; offsets into a message head count from here.
  char* begin() { return block_->bytes(); }
  const char* begin() const { return block_->bytes(); }

  // What was written and not yet consumed.
  std::string_view data() const { return {block_->bytes() + block_->read, block_->write - block_->read}; }
  size_t size() const { return block_->write - block_->read; }
  size_t readOffset() const { return block_->read; }
  size_t writeOffset() const { return block_->write; }
  // Room after what was written.
  std::span<char> space() { return {block_->bytes() + block_->write, block_->capacity - block_->write}; }
  void produced(size_t bytes) { block_->write += static_cast<uint32_t>(bytes); }
  void consumed(size_t bytes) { block_->read += static_cast<uint32_t>(bytes); }
  void clear() { block_->read = block_->write = 0; }
  // Forgets what is unread.
  void drop() { block_->write = block_->read; }
  // Moves what is unread to the front, so that all free room is after it.
  void compact();
  // Of what is unread, leaves out `count` bytes from `at` on. REQUIRES: at + count <= size()
  void erase(size_t at, size_t count);
  // REQUIRES: bytes.size() <= space().size()
  void append(std::string_view bytes) {
    produced(bytes.copy(space().data(), bytes.size()));  // unlike memcpy, may be given no bytes at null
  }

 private:
  friend class BufferPool;
  struct Block {
    BufferPool* pool;
    Block* next_free;
    uint32_t capacity;
    uint32_t size_class;
    uint32_t read;
    uint32_t write;
    char* bytes() { return reinterpret_cast<char*>(this + 1); }
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
  };
  explicit Buffer(Block* block) : block_(block) {}
  void giveBack();

  Block* block_ = nullptr;
};

// True when the handle holds nothing or only consumed bytes.
inline bool isEmpty(const Buffer& buffer) { return !buffer || buffer.size() == 0; }

class BufferPool {
 public:
  enum class SizeClass : uint8_t { Small, Medium, Large };  // 4, 16, 64 KiB
  static constexpr size_t kSmall = 4096, kMedium = 16384, kLarge = 65536;

  BufferPool() = default;
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // An empty buffer of the smallest class with at least this capacity; larger requests get a block of their own.
  // An empty handle when the system has no memory.
  Buffer take(size_t capacity);
  // Blocks handed out now, and their bytes.
  size_t outstanding() const { return outstanding_; }
  size_t outstandingBytes() const { return outstanding_bytes_; }

 private:
  friend class Buffer;
  using Block = Buffer::Block;
  static constexpr size_t kClasses = 3;
  static constexpr std::array<size_t, kClasses> kCapacity{kSmall, kMedium, kLarge};
  // Free blocks kept per class: at most 4 MiB each, so that a burst's memory goes back to the system.
  static constexpr std::array<size_t, kClasses> kMaxFree{1024, 256, 64};

  void give(Block* block);
  static Block* allocate(size_t capacity);

  std::array<Block*, kClasses> free_{};
  std::array<size_t, kClasses> free_count_{};
  size_t outstanding_ = 0;
  size_t outstanding_bytes_ = 0;
};

}  // namespace weir
