// SPDX-License-Identifier: Apache-2.0
#include "worker/net/buffer.h"

#include <cstdlib>

namespace weir {

void Buffer::giveBack() { block_->pool->give(std::exchange(block_, nullptr)); }

void Buffer::compact() {
  if (block_->read == 0) return;
  std::memmove(begin(), begin() + block_->read, size());
  block_->write -= block_->read;
  block_->read = 0;
}

void Buffer::erase(size_t at, size_t count) {
  if (count == 0) return;
  char* to = begin() + block_->read + at;
  std::memmove(to, to + count, size() - at - count);
  block_->write -= static_cast<uint32_t>(count);
}

BufferPool::~BufferPool() {
  for (Block* block : free_) {
    while (block != nullptr) std::free(std::exchange(block, block->next_free));
  }
}

BufferPool::Block* BufferPool::allocate(size_t capacity) {
  auto* block = static_cast<Block*>(std::malloc(sizeof(Block) + capacity));
  if (block != nullptr) block->capacity = static_cast<uint32_t>(capacity);
  return block;
}

Buffer BufferPool::take(size_t capacity) {
  size_t index = 0;
  while (index < kClasses && kCapacity[index] < capacity) ++index;
  Block* block = nullptr;
  if (index < kClasses && free_[index] != nullptr) {
    block = free_[index];
    free_[index] = block->next_free;
    --free_count_[index];
  } else {
    block = allocate(index < kClasses ? kCapacity[index] : capacity);
    if (block == nullptr) return {};
    block->pool = this;
    block->size_class = static_cast<uint32_t>(index);
  }
  block->read = block->write = 0;
  ++outstanding_;
  outstanding_bytes_ += block->capacity;
  return Buffer(block);
}

void BufferPool::give(Block* block) {
  --outstanding_;
  outstanding_bytes_ -= block->capacity;
  size_t index = block->size_class;
  if (index >= kClasses || free_count_[index] >= kMaxFree[index]) return std::free(block);
  block->next_free = free_[index];
  free_[index] = block;
  ++free_count_[index];
}

}  // namespace weir
