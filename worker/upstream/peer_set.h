// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerSet: the peers of an upstream as one configuration and one state of DNS has them, primaries before backups, with
// their weights, limits and policy. An exchange keeps the set that it began with for all its tries, so that indexes
// stay what they were. Decides which peer may be used at all (S-13); the Balancer chooses among those.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "shared/base/ref.h"
#include "worker/upstream/balancer.h"
#include "worker/upstream/connection_pool.h"
#include "worker/upstream/peer.h"

namespace weir {

inline constexpr size_t kNoPeer = static_cast<size_t>(-1);

// A peer's place in a set.
struct PeerEntry {
  Ref<Peer> peer;
  size_t index = 0;  // in the set
  int64_t weight = 1;
  FailurePolicy policy;
  uint32_t max_conns = 0;  // 0: no limit
  bool backup = false;
  bool down = false;
  // Smooth weighted round robin (S-12).
  int64_t effective_weight = 1;
  int64_t current_weight = 0;
  // The peer's load when a policy last looked, so that it compares the same number twice.
  int64_t seen_load = 0;
};

// Peers first..last-1 of a set: its primaries, or its backups.
struct Tier {
  size_t first;
  size_t last;
};

class PeerSet final : public Counted {
 public:
  // Of entries only peer, weight, policy, max_conns, backup and down are read. pool: that of the upstream.
  PeerSet(const UpstreamSettings& settings, std::vector<PeerEntry> entries, const Ref<ConnectionPool>& pool);

  size_t size() const { return entries_.size(); }
  // REQUIRES: i < size()
  PeerEntry& operator[](size_t i) { return entries_[i]; }
  const PeerEntry& operator[](size_t i) const { return entries_[i]; }
  bool has(const Peer& peer) const;
  std::span<PeerEntry> in(Tier tier) { return std::span(entries_).subspan(tier.first, tier.last - tier.first); }
  Tier primaries() const { return {0, primaries_}; }
  Tier backups() const { return {primaries_, entries_.size()}; }

  // The peer to use, or kNoPeer; backups only when no primary is usable. The caller adds it to its TriedPeers.
  size_t pick(const PickRequest& request);
  // Not tried, not down, not ejected, below max_conns.
  static bool usable(const PeerEntry& entry, const PickRequest& request) {
    return !entry.down && !request.tried.has(entry.index) && !entry.peer->health().ejected(request.now, entry.policy) &&
           (entry.max_conns == 0 || entry.peer->load() < entry.max_conns);
  }

  // How a try ended, as far as it says something about the peer (S-14).
  void failed(size_t i, Instant now);
  void succeeded(size_t i) {
    if (entries_[i].peer->health().fails() != 0) recovered(i);
  }

  ConnectionPool& pool() { return *pool_; }

 private:
  PeerEntry* choose(const PickRequest& request);
  void recovered(size_t i);
  size_t mayFail(Tier tier) const;
  size_t failing(Tier tier) const;
  Tier tierOf(size_t i) const { return i < primaries_ ? primaries() : backups(); }
  void limitEjected(Tier tier);

  std::vector<PeerEntry> entries_;
  size_t primaries_;
  Ref<ConnectionPool> pool_;
  std::unique_ptr<Balancer> balancer_;
};

}  // namespace weir
