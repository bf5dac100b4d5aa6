// SPDX-License-Identifier: Apache-2.0
// random: a peer by weight and chance; `two`: the less loaded of two that are drawn (S-20), which needs no view of all.

#include <sys/random.h>

#include "shared/base/clock.h"
#include "shared/config/settings.h"
#include "worker/upstream/balance/key_hash.h"
#include "worker/upstream/peer_set.h"

namespace weir {
namespace {

class Random final : public Balancer {
 public:
  explicit Random(bool two) : two_(two) {
    if (::getrandom(&state_, sizeof state_, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof state_))
      state_ = static_cast<uint64_t>(monotonicNow().time_since_epoch().count());
  }

  PeerEntry* pick(std::span<PeerEntry> peers, const PickRequest& request) override {
    PeerEntry* first = draw(peers, request, nullptr);
    PeerEntry* second = two_ && first != nullptr ? draw(peers, request, first) : nullptr;
    if (second == nullptr) return first;
    bool second_is_less = second->peer->load() * first->weight < first->peer->load() * second->weight;
    return second_is_less ? second : first;
  }

 private:
  // By weight, of the usable ones but one.
  PeerEntry* draw(std::span<PeerEntry> peers, const PickRequest& request, const PeerEntry* but) {
    auto takes_part = [&](const PeerEntry& entry) { return &entry != but && PeerSet::usable(entry, request); };
    int64_t total = 0;
    for (const PeerEntry& entry : peers)
      if (takes_part(entry)) total += entry.weight;
    if (total == 0) return nullptr;
    auto place = static_cast<int64_t>(next() % static_cast<uint64_t>(total));
    for (PeerEntry& entry : peers)
      if (takes_part(entry) && (place -= entry.weight) < 0) return &entry;
    return nullptr;
  }

  uint64_t next() { return mixedHash(state_ += 0x9e3779b97f4a7c15ULL); }

  bool two_;
  uint64_t state_ = 0;
};

const BalancerEntry entry("45-random",
                          [](const UpstreamSettings& settings, const PeerSet&) -> std::unique_ptr<Balancer> {
                            if (settings.random == RandomBalance::Off) return nullptr;
                            return std::make_unique<Random>(settings.random == RandomBalance::Two);
                          });

}  // namespace
}  // namespace weir
