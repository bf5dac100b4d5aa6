// SPDX-License-Identifier: Apache-2.0
#pragma once
// Balancer: a policy that chooses a peer. Made for one PeerSet and owned by it, so it may keep what it derives from the
// peers (a hash ring); changing state lives in the entries or in the policy. Never blocks, never allocates in pick().
// A new policy is one .cc in balance/ with a BalancerEntry.

#include <cstddef>
#include <memory>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/base/registry.h"
#include "worker/upstream/tried_peers.h"

namespace weir {

class PeerSet;
struct UpstreamSettings;

inline constexpr size_t kNoPeer = static_cast<size_t>(-1);

struct PickRequest {
  Instant now;
  const TriedPeers& tried;  // these are out of the question
  std::string_view key;     // what hash and sticky policies read; empty: none, or not asked for by the policy
};

// Peers first..last-1 of a set: its primaries, or its backups.
struct Tier {
  size_t first;
  size_t last;
};

class Balancer {
 public:
  virtual ~Balancer() = default;
  // The index of a peer of that tier for which PeerSet::usable() holds; kNoPeer when there is none.
  virtual size_t pick(PeerSet& peers, Tier tier, const PickRequest& request) = 0;
};

// Gives null where the settings do not ask for this policy. The set has all its entries.
using BalancerFactory = std::unique_ptr<Balancer> (*)(const UpstreamSettings& settings, const PeerSet& peers);
// The first policy that the settings ask for is used, in the order of names: "50-least_conn", "90-round_robin".
using BalancerEntry = Registry<BalancerFactory>::Entry;

}  // namespace weir
