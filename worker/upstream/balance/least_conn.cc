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
  PeerEntry* pick(std::span<PeerEntry> peers, const PickRequest& request) override {
    PeerEntry* best = nullptr;
    size_t tied = 0;
    for (PeerEntry& entry : peers) {
      entry.seen_load = kUnusable;
      if (!PeerSet::usable(entry, request)) continue;
      entry.seen_load = entry.peer->load();
      if (best == nullptr || lessLoaded(entry, *best)) {
        best = &entry;
        tied = 1;
      } else if (!lessLoaded(*best, entry)) {
        ++tied;
      }
    }
    if (tied < 2) return best;
    return smoothWeighted(
        peers, [best](const PeerEntry& entry) { return entry.seen_load != kUnusable && !lessLoaded(*best, entry); });
  }

 private:
  static constexpr int64_t kUnusable = -1;
};

const BalancerEntry entry("50-least_conn",
                          [](const UpstreamSettings& settings, const PeerSet&) -> std::unique_ptr<Balancer> {
                            if (!settings.least_conn) return nullptr;
                            return std::make_unique<LeastConnections>();
                          });

}  // namespace
}  // namespace weir
