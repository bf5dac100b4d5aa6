// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/peer_set.h"

#include <algorithm>
#include <cstdlib>

#include "shared/base/log.h"
#include "shared/config/settings.h"

namespace weir {
namespace {

std::unique_ptr<Balancer> makeBalancer(const UpstreamSettings& settings, const PeerSet& peers) {
  for (const auto& [name, make] : Registry<BalancerFactory>::instance().rows())
    if (auto balancer = make(settings, peers)) return balancer;
  WEIR_LOG(Emerg, "no balancing policy is linked in");
  std::abort();
}

}  // namespace

PeerSet::PeerSet(const UpstreamSettings& settings, std::vector<PeerEntry> entries, const Ref<ConnectionPool>& pool)
    : entries_(std::move(entries)), pool_(pool) {
  auto first_backup =
      std::stable_partition(entries_.begin(), entries_.end(), [](auto& entry) { return !entry.backup; });
  primaries_ = static_cast<size_t>(first_backup - entries_.begin());
  // The only server there is, is always used (S-13).
  if (entries_.size() == 1) entries_[0].policy.max_fails = 0;
  for (size_t i = 0; i < entries_.size(); ++i) {
    entries_[i].index = i;
    entries_[i].effective_weight = entries_[i].weight;
  }
  limitEjected(primaries());
  limitEjected(backups());
  balancer_ = makeBalancer(settings, *this);
}

bool PeerSet::has(const Peer& peer) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.peer.get() == &peer; });
}

// Where another worker's probe was faster, the peer is out of the question, and the next choice is another one.
size_t PeerSet::pick(const PickRequest& request) {
  for (size_t tries = 0; tries <= entries_.size(); ++tries) {
    PeerEntry* chosen = choose(request);
    if (chosen == nullptr) return kNoPeer;
    if (chosen->peer->health().claim(request.now, chosen->policy)) return chosen->index;
  }
  return kNoPeer;
}

PeerEntry* PeerSet::choose(const PickRequest& request) {
  if (entries_.size() == 1) return usable(entries_[0], request) ? entries_.data() : nullptr;
  PeerEntry* chosen = balancer_->pick(in(primaries()), request);
  if (chosen == nullptr && primaries_ < entries_.size()) chosen = balancer_->pick(in(backups()), request);
  return chosen;
}

void PeerSet::failed(size_t i, Instant now) {
  PeerEntry& entry = entries_[i];
  PassiveHealth& health = entry.peer->health();
  const uint32_t max_fails = entry.policy.max_fails;
  if (max_fails == 0) return;
  entry.effective_weight = std::max<int64_t>(entry.effective_weight - entry.weight / max_fails, 0);
  const Tier tier = tierOf(i);
  const bool may_fail = health.failing(entry.policy) || failing(tier) < mayFail(tier);
  if (health.failed(now, may_fail ? max_fails : max_fails - 1) != max_fails) return;
  // Other workers may have taken other peers for failing in this very moment.
  if (failing(tier) > mayFail(tier) && health.forgive(max_fails - 1)) return;
  entry.peer->metrics().countUnavailable();
  WEIR_LOG(Warn, "peer {} failed {} times: not used for {} s", entry.peer->name(), max_fails,
           entry.policy.fail_timeout.count() / 1000.0);
}

void PeerSet::recovered(size_t i) {
  Peer& peer = *entries_[i].peer;
  const uint32_t max_fails = entries_[i].policy.max_fails;
  const uint32_t forgiven = peer.health().succeeded();
  if (max_fails == 0 || forgiven < max_fails) return;
  peer.metrics().countUp();
  WEIR_LOG(Notice, "peer {} answers again", peer.name());
}

// How many peers of a tier may be out of use by their failures: half of those that are not down, so that what hits all
// at once does not leave nobody (S-17). Primaries may all be, where a backup takes over.
size_t PeerSet::mayFail(Tier tier) const {
  auto is_up = [](const PeerEntry& entry) { return !entry.down; };
  auto up = [&](Tier t) { return std::count_if(entries_.begin() + t.first, entries_.begin() + t.last, is_up); };
  const bool replaceable = tier.first == 0 && up(backups()) > 0;
  return static_cast<size_t>(replaceable ? up(tier) : up(tier) / 2);
}

size_t PeerSet::failing(Tier tier) const {
  size_t count = 0;
  for (size_t i = tier.first; i < tier.last; ++i)
    if (!entries_[i].down && entries_[i].peer->health().failing(entries_[i].policy)) ++count;
  return count;
}

// Peers that failed in an earlier set may be too many for this one: those that failed longest ago come back.
void PeerSet::limitEjected(Tier tier) {
  for (size_t allowed = mayFail(tier); failing(tier) > allowed;) {
    PeerEntry* oldest = nullptr;
    for (size_t i = tier.first; i < tier.last; ++i) {
      PeerEntry& entry = entries_[i];
      if (entry.down || !entry.peer->health().failing(entry.policy)) continue;
      if (oldest == nullptr || entry.peer->health().failedAt() < oldest->peer->health().failedAt()) oldest = &entry;
    }
    if (oldest->peer->health().forgive(oldest->policy.max_fails - 1)) oldest->peer->metrics().countUp();
  }
}

}  // namespace weir
