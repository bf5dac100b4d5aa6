// SPDX-License-Identifier: Apache-2.0
#pragma once
// keyHash(): the number that a key is to every worker, before and after a restart (S-21): so that a client keeps its
// peer. Well mixed, but no secret.

#include <cstdint>
#include <string_view>

namespace weir {

// The finalizer of MurmurHash3: every bit of the result depends on every one of the word.
constexpr uint64_t mixedHash(uint64_t word) {
  word ^= word >> 33;
  word *= 0xff51afd7ed558ccdULL;
  word ^= word >> 33;
  word *= 0xc4ceb9fe1a85ec53ULL;
  return word ^ (word >> 33);
}

// FNV-1a, mixed; salt tells several hashes of one key apart.
constexpr uint64_t keyHash(std::string_view key, uint64_t salt = 0) {
  uint64_t hash = 0xcbf29ce484222325ULL ^ mixedHash(salt);
  for (char c : key) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  return mixedHash(hash);
}

}  // namespace weir
