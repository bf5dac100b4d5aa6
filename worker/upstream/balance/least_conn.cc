// SPDX-License-Identifier: Apache-2.0
// least_conn: the peer with the least load for its weight, over all workers; round robin among equals (S-20).

#include "shared/config/settings.h"
#include "worker/upstream/balance/smooth_weighted.h"

namespace weir {
namespace {

// load / weight, compared without a division.
bool lessLoaded(const PeerEntry& a, const PeerEntry& b) { return a.seen_load * b.weight < b.seen_load * a.weight; }

class LeastConnections final : public Balancer {
 public:
  size_t pick(PeerSet& peers, Tier tier, const PickRequest& request) override {
    const PeerEntry* best = nullptr;
    for (size_t i = tier.first; i < tier.last; ++i) {
      PeerEntry& entry = peers[i];
      entry.seen_load = kUnusable;
      if (!peers.usable(i, request)) continue;
      entry.seen_load = entry.peer->load();
      if (best == nullptr || lessLoaded(entry, *best)) best = &entry;
    }
    if (best == nullptr) return kNoPeer;
    return smoothWeighted(peers, tier, [&](size_t i) {
      return peers[i].seen_load != kUnusable && !lessLoaded(*best, peers[i]);
    });
  }

 private:
  static constexpr int64_t kUnusable = -1;
};

const BalancerEntry entry("50-least_conn", [](const UpstreamSettings& settings,
                                              const PeerSet&) -> std::unique_ptr<Balancer> {
  if (!settings.least_conn) return nullptr;
  return std::make_unique<LeastConnections>();
});

}  // namespace
}  // namespace weir
