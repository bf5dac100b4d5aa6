// SPDX-License-Identifier: Apache-2.0
#pragma once
// SipHash-2-4 (Aumasson, Bernstein 2012): a hash that who does not know the key cannot aim at.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace weir {

using SipKey = std::array<uint64_t, 2>;

namespace internal {

struct SipState {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1, v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0, v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1, v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2, v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }
  void take(uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
};

}  // namespace internal

inline uint64_t sipHash(const SipKey& key, std::string_view text) {
  internal::SipState state{key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d, key[0] ^ 0x6c7967656e657261,
                           key[1] ^ 0x7465646279746573};
  uint64_t last = static_cast<uint64_t>(text.size()) << 56;
  for (; text.size() >= 8; text.remove_prefix(8)) {
    uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    state.take(word);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  state.take(last | rest);
  state.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i) state.round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace weir
