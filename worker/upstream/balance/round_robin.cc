// SPDX-License-Identifier: Apache-2.0
// Round robin by weight: what serves when no other policy is asked for.

#include "worker/upstream/balance/smooth_weighted.h"

namespace weir {
namespace {

class RoundRobin final : public Balancer {
 public:
  PeerEntry* pick(std::span<PeerEntry> peers, const PickRequest& request) override {
    return smoothWeighted(peers, [&](const PeerEntry& entry) { return PeerSet::usable(entry, request); });
  }
};

const BalancerEntry entry("90-round_robin", [](const UpstreamSettings&, const PeerSet&) -> std::unique_ptr<Balancer> {
  return std::make_unique<RoundRobin>();
});

}  // namespace
}  // namespace weir
