// SPDX-License-Identifier: Apache-2.0
// hash KEY consistent: peers are points on a ring, a key belongs to the next one clockwise (S-21): a peer that comes or
// goes moves the keys of its own points and no others.

#include <algorithm>
#include <vector>

#include "shared/config/settings.h"
#include "worker/upstream/balance/key_hash.h"
#include "worker/upstream/balance/smooth_weighted.h"

namespace weir {
namespace {

constexpr uint64_t kPointsPerPeer = 160;  // on average, as nginx and ketama have for a weight of 1
constexpr size_t kLongestWalk = 4096;     // past points of peers that are not usable

struct Point {
  uint64_t place;
  size_t index;  // in the set
};

class ConsistentHash final : public Balancer {
 public:
  explicit ConsistentHash(const PeerSet& peers)
      : primaries_(ringOf(peers, peers.primaries())), backups_(ringOf(peers, peers.backups())) {}

  PeerEntry* pick(std::span<PeerEntry> peers, const PickRequest& request) override {
    if (peers.empty()) return nullptr;
    const std::vector<Point>& ring = peers.front().backup ? backups_ : primaries_;
    PeerEntry* owner = request.key.empty() ? nullptr : ownerIn(ring, peers, request);
    if (owner != nullptr) return owner;
    return smoothWeighted(peers, [&](const PeerEntry& entry) { return PeerSet::usable(entry, request); });
  }

 private:
  // Points by weight, 160 a peer on average however large the weights are. They are places of the peer's address, so
  // that every worker has the same ring.
  static std::vector<Point> ringOf(const PeerSet& peers, Tier tier) {
    std::vector<Point> ring;
    uint64_t total = 0, count = tier.last - tier.first;
    for (size_t i = tier.first; i < tier.last; ++i) total += static_cast<uint64_t>(peers[i].weight);
    for (size_t i = tier.first; i < tier.last; ++i) {
      uint64_t weight = static_cast<uint64_t>(peers[i].weight);
      uint64_t points = std::max<uint64_t>(1, kPointsPerPeer * count * weight / total);
      for (uint64_t n = 0; n < points; ++n) ring.push_back({keyHash(peers[i].peer->name(), n + 1), i});
    }
    std::sort(ring.begin(), ring.end(), [](const Point& a, const Point& b) { return a.place < b.place; });
    return ring;
  }

  static PeerEntry* ownerIn(const std::vector<Point>& ring, std::span<PeerEntry> peers, const PickRequest& request) {
    auto place = keyHash(request.key);
    auto next = std::lower_bound(ring.begin(), ring.end(), place,
                                 [](const Point& point, uint64_t wanted) { return point.place < wanted; });
    size_t first = peers.front().index;
    for (size_t walked = 0; walked < std::min(ring.size(), kLongestWalk); ++walked, ++next) {
      if (next == ring.end()) next = ring.begin();
      PeerEntry& entry = peers[next->index - first];
      if (PeerSet::usable(entry, request)) return &entry;
    }
    return nullptr;
  }

  std::vector<Point> primaries_;
  std::vector<Point> backups_;
};

const BalancerEntry entry("41-hash_consistent",
                          [](const UpstreamSettings& settings, const PeerSet& peers) -> std::unique_ptr<Balancer> {
                            if (settings.ip_hash || !settings.hash.consistent) return nullptr;
                            return std::make_unique<ConsistentHash>(peers);
                          });

}  // namespace
}  // namespace weir
