// SPDX-License-Identifier: Apache-2.0
#pragma once
// SharedRecords: small records in memory that all workers write and read, each found by a key and good until its time.
// Bounded: fixed slots in sets of eight; in a full set the oldest makes room. There is no lock that a dead worker could
// hold: a slot carries a digest of its content, and what was left half-written, by one that died or by two at once, is
// no record. Memory of zeros is empty. Owned by whoever owns the memory.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "shared/base/clock.h"

namespace weir {

class SharedRecords {
 public:
  // Random, or a digest: its first bytes say where the record lies.
  using Key = std::array<uint8_t, 32>;
  enum class Stored : uint8_t { InFreeRoom, InAnothersPlace, TooLarge };

  static constexpr size_t kWays = 8;

  // slot_bytes: a multiple of 8. REQUIRES: room for a set at least, kWays * slot_bytes
  SharedRecords(std::span<std::atomic<uint64_t>> words, size_t slot_bytes);

  // Takes the place of a record with that key.
  Stored put(const Key& key, std::string_view bytes, WallTime expires, WallTime now);
  // Empty: there is none that is whole and still good.
  std::string find(const Key& key, WallTime now) const;
  void erase(const Key& key);

  // Of a record's bytes.
  size_t mostBytes() const { return (slot_words_ - kHeader) * sizeof(uint64_t); }
  size_t capacity() const { return sets_ * kWays; }

 private:
  // The words of a slot: two of the digest of all that follow, when it was stored and until when it is good (both in
  // milliseconds since the epoch; 0: empty), how many bytes it holds, four of the key, then the bytes.
  static constexpr size_t kStored = 2, kExpires = 3, kSize = 4, kKey = 5, kHeader = 9;
  using Slot = std::atomic<uint64_t>*;

  Slot slot(const Key& key, size_t way) const;
  Slot choose(const Key& key, int64_t now) const;
  static bool has(Slot slot, const Key& key);
  static int64_t expiryOf(Slot slot) { return static_cast<int64_t>(slot[kExpires].load(std::memory_order_relaxed)); }

  std::span<std::atomic<uint64_t>> words_;
  size_t slot_words_;
  size_t sets_;
};

}  // namespace weir
