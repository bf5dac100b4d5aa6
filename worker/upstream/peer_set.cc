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

size_t PeerSet::pick(const PickRequest& request) {
  PeerEntry* chosen = nullptr;
  if (entries_.size() == 1) {
    if (usable(entries_[0], request)) chosen = entries_.data();
  } else {
    chosen = balancer_->pick(in(primaries()), request);
    if (chosen == nullptr && primaries_ < entries_.size()) chosen = balancer_->pick(in(backups()), request);
  }
  if (chosen == nullptr) return kNoPeer;
  chosen->peer->chosen(request.now, chosen->policy);
  return chosen->index;
}

void PeerSet::failed(size_t i, Instant now) {
  PeerEntry& entry = entries_[i];
  Peer& peer = *entry.peer;
  const uint32_t max_fails = entry.policy.max_fails;
  if (max_fails == 0) return;
  entry.effective_weight = std::max<int64_t>(entry.effective_weight - entry.weight / max_fails, 0);
  const bool was_failing = peer.failing(entry.policy);
  const bool may_fail = was_failing || failing(tierOf(i)) < mayFail(tierOf(i));
  peer.failed(now, may_fail ? max_fails : max_fails - 1);
  if (!was_failing && peer.failing(entry.policy))
    WEIR_LOG(Warn, "peer {} failed {} times: not used for {} s", peer.name(), max_fails,
             entry.policy.fail_timeout.count() / 1000.0);
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
    if (!entries_[i].down && entries_[i].peer->failing(entries_[i].policy)) ++count;
  return count;
}

// Peers that failed in an earlier set may be too many for this one: those that failed longest ago come back.
void PeerSet::limitEjected(Tier tier) {
  for (size_t allowed = mayFail(tier); failing(tier) > allowed;) {
    PeerEntry* oldest = nullptr;
    for (size_t i = tier.first; i < tier.last; ++i) {
      PeerEntry& entry = entries_[i];
      if (entry.down || !entry.peer->failing(entry.policy)) continue;
      if (oldest == nullptr || entry.peer->lastFailure() < oldest->peer->lastFailure()) oldest = &entry;
    }
    oldest->peer->forgive(oldest->policy.max_fails - 1);
  }
}

}  // namespace weir
