// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/ticket_keys.h"

#include <sys/mman.h>
#include <sys/random.h>

#include <algorithm>
#include <atomic>
#include <bit>

namespace weir {
namespace {

constexpr size_t kWords = sizeof(TicketKeys::Ring) / sizeof(uint64_t);
static_assert(sizeof(TicketKeys::Ring) % sizeof(uint64_t) == 0);
using Words = std::array<uint64_t, kWords>;

Result<TicketKey> freshKey() {
  TicketKey key;
  auto fill = [](auto& bytes) {
    return ::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
  };
  if (!fill(key.name) || !fill(key.cipher) || !fill(key.mac)) return systemError("getrandom");
  return key;
}

}  // namespace

// A sequence lock: odd while the master writes. A reader that met a writer tries again.
struct TicketKeys::Shared {
  std::atomic<uint64_t> sequence{0};
  std::array<std::atomic<uint64_t>, kWords> words{};
};

Result<TicketKeys> TicketKeys::create() {
  void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return systemError("memory for ticket keys");
  ::madvise(memory, sizeof(Shared), MADV_DONTDUMP);
  TicketKeys keys(new (memory) Shared);
  for (size_t i = 0; i < kKept; ++i)
    if (auto made = keys.rotate(); !made) return made.error();
  return keys;
}

TicketKeys::~TicketKeys() {
  if (shared_ != nullptr) ::munmap(shared_, sizeof(Shared));
}

Result<void> TicketKeys::rotate() {
  auto key = freshKey();
  if (!key) return key.error();
  Ring ring = read();
  std::copy_backward(ring.begin(), ring.end() - 1, ring.end());
  ring[0] = *key;
  write(ring);
  return {};
}

void TicketKeys::write(const Ring& ring) {
  auto words = std::bit_cast<Words>(ring);
  uint64_t sequence = shared_->sequence.load(std::memory_order_relaxed);
  shared_->sequence.store(sequence + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (size_t i = 0; i < kWords; ++i) shared_->words[i].store(words[i], std::memory_order_relaxed);
  shared_->sequence.store(sequence + 2, std::memory_order_release);
}

TicketKeys::Ring TicketKeys::read() const {
  // A master that dies while it writes leaves a torn ring, whose keys are then as random as any; the loop must end.
  constexpr int kTries = 1000;
  Words words{};
  for (int i = 0; i < kTries; ++i) {
    uint64_t before = shared_->sequence.load(std::memory_order_acquire);
    for (size_t w = 0; w < kWords; ++w) words[w] = shared_->words[w].load(std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (before % 2 == 0 && shared_->sequence.load(std::memory_order_relaxed) == before) break;
  }
  auto ring = std::bit_cast<Ring>(words);
  for (TicketKey& key : ring) key.size = key.size == 16 ? 16 : 32;
  return ring;
}

void TicketKeys::protect() { ::mprotect(shared_, sizeof(Shared), PROT_READ); }

}  // namespace weir
