// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/shared_records.h"

#include <bit>
#include <cassert>
#include <chrono>
#include <cstring>
#include <vector>

#include "worker/tls/openssl.h"

namespace weir {
namespace {

using Digest = std::array<uint64_t, 4>;
using KeyWords = std::array<uint64_t, 4>;

Digest digestOf(std::span<const uint64_t> words) {
  Digest digest{};
  EVP_Digest(words.data(), words.size_bytes(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha256(),
             nullptr);
  return digest;
}

int64_t milliseconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

size_t wordsFor(size_t bytes) { return (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t); }

}  // namespace

SharedRecords::SharedRecords(std::span<std::atomic<uint64_t>> words, size_t slot_bytes)
    : words_(words), slot_words_(slot_bytes / sizeof(uint64_t)), sets_(words.size_bytes() / (slot_bytes * kWays)) {
  assert(sets_ > 0 && slot_words_ > kHeader);
}

SharedRecords::Slot SharedRecords::slot(const Key& key, size_t way) const {
  size_t set = std::bit_cast<KeyWords>(key)[0] % sets_;
  return words_.data() + (set * kWays + way) * slot_words_;
}

bool SharedRecords::has(Slot slot, const Key& key) {
  auto wanted = std::bit_cast<KeyWords>(key);
  for (size_t i = 0; i < wanted.size(); ++i)
    if (slot[kKey + i].load(std::memory_order_relaxed) != wanted[i]) return false;
  return true;
}

// That key's own place, else one that nobody misses, else the oldest's.
SharedRecords::Slot SharedRecords::choose(const Key& key, int64_t now) const {
  Slot chosen = nullptr;
  uint64_t oldest = UINT64_MAX;
  for (size_t way = 0; way < kWays; ++way) {
    Slot candidate = slot(key, way);
    if (has(candidate, key)) return candidate;
    bool dead = expiryOf(candidate) <= now;
    uint64_t stored = dead ? 0 : candidate[kStored].load(std::memory_order_relaxed);
    if (chosen != nullptr && stored >= oldest) continue;
    chosen = candidate;
    oldest = stored;
  }
  return chosen;
}

SharedRecords::Stored SharedRecords::put(const Key& key, std::string_view bytes, WallTime expires, WallTime now) {
  if (bytes.size() > mostBytes()) return Stored::TooLarge;
  std::vector<uint64_t> fresh(kHeader + wordsFor(bytes.size()));
  fresh[kStored] = static_cast<uint64_t>(milliseconds(now));
  fresh[kExpires] = static_cast<uint64_t>(milliseconds(expires));
  fresh[kSize] = bytes.size();
  std::memcpy(&fresh[kKey], key.data(), key.size());
  std::memcpy(fresh.data() + kHeader, bytes.data(), bytes.size());
  Digest digest = digestOf(std::span(fresh).subspan(kStored));
  fresh[0] = digest[0];
  fresh[1] = digest[1];
  Slot place = choose(key, milliseconds(now));
  bool missed = expiryOf(place) > milliseconds(now) && !has(place, key);
  for (size_t i = 0; i < fresh.size(); ++i) place[i].store(fresh[i], std::memory_order_relaxed);
  return missed ? Stored::InAnothersPlace : Stored::InFreeRoom;
}

std::string SharedRecords::find(const Key& key, WallTime now) const {
  for (size_t way = 0; way < kWays; ++way) {
    Slot place = slot(key, way);
    size_t size = place[kSize].load(std::memory_order_relaxed);
    if (!has(place, key) || size > mostBytes()) continue;
    // Copied before it is judged: it may change at any time.
    std::vector<uint64_t> copy(kHeader + wordsFor(size));
    for (size_t i = 0; i < copy.size(); ++i) copy[i] = place[i].load(std::memory_order_relaxed);
    Digest digest = digestOf(std::span(copy).subspan(kStored));
    bool whole = copy[0] == digest[0] && copy[1] == digest[1] && copy[kSize] == size;
    bool same = std::memcmp(&copy[kKey], key.data(), key.size()) == 0;
    if (!whole || !same || static_cast<int64_t>(copy[kExpires]) <= milliseconds(now)) continue;
    return {reinterpret_cast<const char*>(copy.data() + kHeader), size};
  }
  return {};
}

void SharedRecords::erase(const Key& key) {
  for (size_t way = 0; way < kWays; ++way)
    if (Slot place = slot(key, way); has(place, key)) place[kExpires].store(0, std::memory_order_relaxed);
}

}  // namespace weir
