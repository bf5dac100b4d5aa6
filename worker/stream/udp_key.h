// SPDX-License-Identifier: Apache-2.0
#pragma once
// UdpKey: what tells UDP sessions of one listener apart: the client's address and port, and which of ours it uses
// (S-51). UdpKeyHash is keyed, so that nobody can send addresses that all fall into one bucket.

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "shared/base/address.h"

namespace weir {

struct UdpKey {
  std::array<uint64_t, 2> client{};
  std::array<uint64_t, 2> local{};
  uint32_t scope = 0;
  uint16_t port = 0;  // network byte order
  uint16_t family = 0;

  bool operator==(const UdpKey&) const = default;

  // local: unspecified where there is only one.
  static UdpKey of(const sockaddr_storage& name, const Address& local) {
    UdpKey key;
    key.family = name.ss_family;
    if (name.ss_family == AF_INET) {
      const auto& in = reinterpret_cast<const sockaddr_in&>(name);
      std::memcpy(key.client.data(), &in.sin_addr, 4);
      key.port = in.sin_port;
    } else {
      const auto& in6 = reinterpret_cast<const sockaddr_in6&>(name);
      std::memcpy(key.client.data(), &in6.sin6_addr, 16);
      key.port = in6.sin6_port;
      key.scope = in6.sin6_scope_id;
    }
    if (local.family() != AF_UNSPEC) std::memcpy(key.local.data(), local.bytes().data(), 16);
    return key;
  }
};

class UdpKeyHash {
 public:
  UdpKeyHash();  // with a random key
  size_t operator()(const UdpKey& key) const {
    uint64_t hash = seed_;
    for (uint64_t word :
         {key.client[0], key.client[1], key.local[0], key.local[1], key.scope | uint64_t{key.port} << 32})
      hash = mix(hash ^ word);
    return hash;
  }

 private:
  // Two 64-bit halves of a product with a secret: each bit depends on all.
  uint64_t mix(uint64_t word) const {
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>(word ^ secret_) * 0x9E3779B97F4A7C15ULL;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  uint64_t seed_;
  uint64_t secret_;
};

}  // namespace weir
