// SPDX-License-Identifier: Apache-2.0
#pragma once
// Balancer: a policy that chooses a peer. Made for one PeerSet and owned by it, so it may keep what it derives from the
// peers (a hash ring); changing state lives in the entries or in the policy. Never blocks, never allocates in pick().
// A new policy is one .cc in balance/ with a BalancerEntry.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/base/registry.h"
#include "worker/upstream/tried_peers.h"

namespace weir {

class PeerSet;
struct PeerEntry;
struct UpstreamSettings;

struct PickRequest {
  Instant now;
  const TriedPeers& tried;  // these are out of the question
  std::string_view key;     // what hash and sticky policies read; empty: none, or not asked for by the policy
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  // One of these, the primaries or the backups of the set, for which PeerSet::usable() holds; null when there is none.
  virtual PeerEntry* pick(std::span<PeerEntry> peers, const PickRequest& request) = 0;
};

// Gives null where the settings do not ask for this policy. The set has all its entries.
using BalancerFactory = std::unique_ptr<Balancer> (*)(const UpstreamSettings& settings, const PeerSet& peers);
// The first policy that the settings ask for is used, in the order of names: "50-least_conn", "90-round_robin".
using BalancerEntry = Registry<BalancerFactory>::Entry;

}  // namespace weir
