// SPDX-License-Identifier: Apache-2.0
// hash, ip_hash: the peer that a key belongs to, by weight (S-21). Without `consistent` a change of the peers moves
// most keys; where a key's peer is not usable, the key is hashed anew.

#include "shared/config/settings.h"
#include "worker/upstream/balance/key_hash.h"
#include "worker/upstream/balance/smooth_weighted.h"

namespace weir {
namespace {

constexpr uint64_t kMostHashes = 20;  // nginx's; then the peers take turns

PeerEntry& at(std::span<PeerEntry> peers, uint64_t place) {
  for (PeerEntry& entry : peers) {
    auto weight = static_cast<uint64_t>(entry.weight);
    if (place < weight) return entry;
    place -= weight;
  }
  return peers.back();
}

class Hash final : public Balancer {
 public:
  PeerEntry* pick(std::span<PeerEntry> peers, const PickRequest& request) override {
    uint64_t total = 0;
    for (const PeerEntry& entry : peers) total += static_cast<uint64_t>(entry.weight);
    uint64_t hashes = request.key.empty() || peers.empty() ? 0 : kMostHashes;
    for (uint64_t salt = 0; salt < hashes; ++salt) {
      PeerEntry& entry = at(peers, keyHash(request.key, salt) % total);
      if (PeerSet::usable(entry, request)) return &entry;
    }
    return smoothWeighted(peers, [&](const PeerEntry& entry) { return PeerSet::usable(entry, request); });
  }
};

const BalancerEntry entry("40-hash", [](const UpstreamSettings& settings, const PeerSet&) -> std::unique_ptr<Balancer> {
  if (!settings.ip_hash && (settings.hash.key.text.empty() || settings.hash.consistent)) return nullptr;
  return std::make_unique<Hash>();
});

}  // namespace
}  // namespace weir
