// SPDX-License-Identifier: Apache-2.0
#include "worker/net/log_spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

#include "shared/base/log.h"

namespace weir {
namespace {

constexpr size_t kHeadSize = 4096;
constexpr size_t kMinCapacity = 4096;
constexpr size_t kMaxCapacity = size_t{1} << 30;

}  // namespace

// At the front of each block; its ring's bytes follow. Zeroes are a free block.
struct LogBlock::Head {
  uint64_t capacity;
  std::atomic<uint32_t> used;
  uint32_t name_size;
  uint32_t server_size;
  LineRing::Ends ends;
  // Of what is being written: holds while `tail` is the ring's, so that popping ends it.
  std::atomic<uint64_t> tail;
  uint64_t size;
  LogPlace place;
  char text[kHeadSize - 256];  // name, then server
};

LogBlock::LogBlock(LogBlock&& other) noexcept
    : head_(std::exchange(other.head_, nullptr)), capacity_(std::exchange(other.capacity_, 0)) {}

LogBlock& LogBlock::operator=(LogBlock&& other) noexcept {
  std::swap(head_, other.head_);
  std::swap(capacity_, other.capacity_);
  return *this;
}

LogBlock::~LogBlock() {
  if (head_ == nullptr) return;
  head_->used.store(0, std::memory_order_release);
  munmap(head_, kHeadSize + capacity_);
}

LogBlock LogBlock::map(int fd, uint64_t offset, size_t capacity) {
  static_assert(sizeof(Head) <= kHeadSize);
  int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
  void* memory =
      mmap(nullptr, kHeadSize + capacity, PROT_READ | PROT_WRITE, flags, fd, static_cast<off_t>(fd < 0 ? 0 : offset));
  LogBlock block;
  if (memory == MAP_FAILED) return block;
  block.head_ = static_cast<Head*>(memory);
  block.capacity_ = capacity;
  return block;
}

std::string_view LogBlock::name() const { return {head_->text, head_->name_size}; }

std::string_view LogBlock::server() const { return {head_->text + head_->name_size, head_->server_size}; }

LineRing LogBlock::ring() { return {head_->ends, {reinterpret_cast<char*>(head_) + kHeadSize, capacity_}}; }

void LogBlock::announce(size_t size, const LogPlace& place) {
  head_->tail.store(~uint64_t{0}, std::memory_order_relaxed);
  head_->size = size;
  head_->place = place;
  head_->tail.store(head_->ends.tail.load(std::memory_order_relaxed), std::memory_order_release);
}

LogBlock::Interrupted LogBlock::interrupted() const {
  uint64_t tail = head_->ends.tail.load(std::memory_order_relaxed);
  if (head_->tail.load(std::memory_order_acquire) != tail) return {};
  return {std::min<size_t>(head_->size, head_->ends.head.load(std::memory_order_relaxed) - tail), head_->place};
}

// What a process that went wrong may have left here is believed only as far as it cannot do harm.
bool LogBlock::isSound(size_t capacity) const {
  size_t text = size_t{head_->name_size} + head_->server_size;
  return head_->capacity == capacity && text <= sizeof head_->text &&
         head_->ends.head.load() - head_->ends.tail.load() <= capacity;
}

Fd LogSpool::create() {
  Fd memory(memfd_create("weir-log", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  // Who maps it must not die of pages that are gone.
  if (memory && fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK) != 0) memory.reset();
  return memory;
}

bool LogSpool::isFree(const Extent& extent) const {
  uint32_t used = 1;
  auto at = static_cast<off_t>(extent.offset + offsetof(LogBlock::Head, used));
  return pread(memory_.get(), &used, sizeof used, at) == sizeof used && used == 0;
}

// Null: there is no memory that would outlive the process.
const LogSpool::Extent* LogSpool::extentFor(size_t capacity) {
  for (const Extent& extent : extents_)
    if (extent.capacity == capacity && isFree(extent)) return &extent;
  uint64_t end = end_ + kHeadSize + capacity;
  if (!memory_ || ftruncate(memory_.get(), static_cast<off_t>(end)) != 0) return nullptr;
  extents_.push_back({std::exchange(end_, end), capacity});
  return &extents_.back();
}

LogBlock LogSpool::take(std::string_view name, std::string_view server, size_t capacity) {
  capacity = std::bit_ceil(std::max(capacity, kMinCapacity));
  if (name.size() + server.size() > sizeof LogBlock::Head::text) name = server = {};
  const Extent* extent = extentFor(capacity);
  LogBlock block;
  if (extent != nullptr) block = LogBlock::map(memory_.get(), extent->offset, capacity);
  if (block.head_ == nullptr) block = LogBlock::map(-1, 0, capacity);
  if (block.head_ == nullptr) {
    WEIR_LOG(Emerg, "no memory for {} bytes of log lines", capacity);
    std::abort();
  }
  LogBlock::Head& head = *block.head_;
  head.capacity = capacity;
  head.name_size = static_cast<uint32_t>(name.copy(head.text, name.size()));
  head.server_size = static_cast<uint32_t>(server.copy(head.text + name.size(), server.size()));
  head.ends.head.store(0);
  head.ends.tail.store(0);
  head.tail.store(~uint64_t{0});
  head.used.store(1, std::memory_order_release);
  return block;
}

std::vector<LogBlock> LogSpool::leftIn(const Fd& memory) {
  std::vector<LogBlock> left;
  struct stat about {};
  if (fstat(memory.get(), &about) != 0) return left;
  auto size = static_cast<uint64_t>(about.st_size);
  uint64_t capacity = 0;
  for (uint64_t at = 0; at + kHeadSize < size; at += kHeadSize + capacity) {
    if (pread(memory.get(), &capacity, sizeof capacity, static_cast<off_t>(at)) != sizeof capacity) return left;
    bool possible = std::has_single_bit(capacity) && capacity >= kMinCapacity && capacity <= kMaxCapacity &&
                    kHeadSize + capacity <= size - at;
    if (!possible) return left;
    LogBlock block = LogBlock::map(memory.get(), at, capacity);
    bool waits = block.head_ != nullptr && block.head_->used.load() == 1 && block.isSound(capacity) &&
                 block.ring().readable().size() > 0;
    if (waits) left.push_back(std::move(block));
  }
  return left;
}

}  // namespace weir
