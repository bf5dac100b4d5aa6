// SPDX-License-Identifier: Apache-2.0
#pragma once
// headerIdOf, inline for the field parser: a perfect hash over the first and the last eight bytes of a name, folded to
// one case, and one comparison. Everybody else includes header_id.h.

#include <bit>
#include <cstring>

#include "worker/codec/header_id.h"

namespace weir::header_lookup {

static_assert(std::endian::native == std::endian::little, "the words of a name have its first byte lowest");

inline constexpr size_t kLongestName = 24;
inline constexpr uint64_t kCaseBits = 0x2020202020202020;

// A name as words: its first 8 bytes, its last 8, and the 8 between them that longer names need. They overlap in names
// that do not fill them; a name of less than 8 bytes is one word with zeros behind, twice.
struct Words {
  uint64_t first = 0;
  uint64_t last = 0;
  uint64_t middle = 0;
};

struct Key {
  Words lower;
  Words fold;         // the case bit where the name has a letter
  HeaderSet bit = 0;  // setOf(id)
  uint8_t size = 0;
  HeaderId id = HeaderId::Other;
  bool hop_by_hop = false;
};

// No two known names may share a slot; should a new one do so, another factor will part them.
constexpr size_t slotOf(const Words& words) {
  const uint64_t mixed = (words.first | kCaseBits) + std::rotl(words.last | kCaseBits, 32);
  return (mixed * 0xb407237a4ecf1993) >> 56;
}

constexpr uint64_t lowerByte(char c) { return static_cast<uint8_t>(c >= 'A' && c <= 'Z' ? c + 32 : c); }
constexpr uint64_t caseBit(char c) { return lowerByte(c) >= 'a' && lowerByte(c) <= 'z' ? 0x20 : 0; }

constexpr uint64_t wordAt(std::string_view name, size_t at, uint64_t (*of)(char)) {
  uint64_t word = 0;
  for (size_t i = 0; i < 8 && at + i < name.size(); ++i) word |= of(name[at + i]) << (i * 8);
  return word;
}

constexpr Words wordsOf(std::string_view name, uint64_t (*of)(char)) {
  const size_t last = name.size() < 8 ? 0 : name.size() - 8;
  return {wordAt(name, 0, of), wordAt(name, last, of), name.size() <= 16 ? 0 : wordAt(name, 8, of)};
}

using Keys = std::array<Key, kHeaders.size()>;

consteval Keys makeKeys() {
  Keys keys{};
  for (size_t i = 0; i < kHeaders.size(); ++i) {
    const HeaderRow& row = kHeaders[i];
    keys[i] = {wordsOf(row.name, lowerByte),
               wordsOf(row.name, caseBit),
               setOf(row.id),
               static_cast<uint8_t>(row.name.size()),
               row.id,
               row.reach == HeaderReach::Hop};
  }
  return keys;
}

inline constexpr Keys kKeys = makeKeys();

// Slot to the index of its key; 0, whose size no name has, where a slot is free.
consteval std::array<uint8_t, 256> fillSlots() {
  std::array<uint8_t, 256> slots{};
  for (size_t i = 1; i < kKeys.size(); ++i) {
    uint8_t& slot = slots[slotOf(kKeys[i].lower)];
    if (slot != 0 || kKeys[i].size > kLongestName) throw "two names in one slot, or one too long";
    slot = static_cast<uint8_t>(i);
  }
  return slots;
}

inline constexpr std::array<uint8_t, 256> kSlots = fillSlots();

template <class Word>
inline Word load(const char* p) {
  Word word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// REQUIRES: 0 < size < 8
inline uint64_t loadShort(const char* p, size_t size) {
  if (size >= 4) return load<uint32_t>(p) | uint64_t{load<uint32_t>(p + size - 4)} << ((size - 4) * 8);
  const auto byte = [p](size_t i) { return uint64_t{static_cast<uint8_t>(p[i])} << (i * 8); };
  return byte(0) | byte(size / 2) | byte(size - 1);
}

// The key of Other when the name is not known. Never reads outside the view.
inline const Key& find(std::string_view name) {
  const char* p = name.data();
  const size_t size = name.size();
  if (size == 0) return kKeys[0];
  Words words;
  words.first = size < 8 ? loadShort(p, size) : load<uint64_t>(p);
  words.last = size < 8 ? words.first : load<uint64_t>(p + size - 8);
  const Key& key = kKeys[kSlots[slotOf(words)]];
  if (key.size != size) return kKeys[0];
  const auto same = [](uint64_t word, uint64_t fold, uint64_t lower) { return (word | fold) == lower; };
  const bool ends_match =
      same(words.first, key.fold.first, key.lower.first) && same(words.last, key.fold.last, key.lower.last);
  if (!ends_match || (size > 16 && !same(load<uint64_t>(p + 8), key.fold.middle, key.lower.middle))) return kKeys[0];
  return key;
}

}  // namespace weir::header_lookup
