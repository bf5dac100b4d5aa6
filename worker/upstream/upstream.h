// SPDX-License-Identifier: Apache-2.0
#pragma once
// Upstream: a named group of peers in this worker, for its whole life or until nobody refers to it: counters, idle
// connections, health and the retry budget survive reloads. Found or made by UpstreamDirectory. What a configuration or
// DNS changes is a new PeerSet, which takes over the Peers of unchanged addresses.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/ref.h"
#include "shared/config/settings.h"
#include "shared/stats/segment.h"
#include "worker/event/loop.h"
#include "worker/upstream/connection_pool.h"
#include "worker/upstream/lease.h"
#include "worker/upstream/peer_set.h"
#include "worker/upstream/resolved_name.h"
#include "worker/upstream/retry_budget.h"
#include "worker/upstream/series_scope.h"
#include "worker/upstream/upstream_metrics.h"

namespace weir {

class UpstreamDirectory;

class Upstream final : public Counted {
 public:
  // Without peers until configure().
  Upstream(UpstreamDirectory& directory, std::string_view name, SeriesScope scope = SeriesScope::Own);
  ~Upstream() override;

  const std::string& name() const { return name_; }
  SeriesScope scope() const { return scope_; }
  UpstreamMetrics& metrics() { return metrics_; }

  // The current set; an exchange keeps it for all its tries.
  const Ref<PeerSet>& peers() const { return peers_; }
  // A lease on a peer of that set; empty when none is usable, which is counted.
  Lease lease(const Ref<PeerSet>& peers, const PickRequest& request) {
    const size_t index = peers->pick(request);
    if (index != kNoPeer) return Lease(peers, index);
    metrics_.countNoLive();
    return {};
  }
  // Bodies with so much still to come behind their head are moved in larger pieces.
  static constexpr uint64_t kLargeBody = 32768;

  // Leases that live now in this worker.
  uint64_t activeLeases() const { return pool_->leases(); }
  // A request begins, which earns a part of a retry.
  void requestBegins() { budget_.earn(); }
  // Bytes of a response's body that were still to come behind its head, where it said how many. What one response was
  // like is the best guess at the next.
  void sawBody(uint64_t rest) { bodies_are_large_ = rest >= kLargeBody; }
  bool bodiesAreLarge() const { return bodies_are_large_; }
  // The right to try once more; empty when the budget is used up. Its owner must outlive the permit: keep a
  // Ref<Upstream> beside it.
  RetryPermit retryPermit() { return budget_.take(activeLeases()); }

  // A new set of peers by these settings; addresses that stay keep their Peer.
  void configure(const UpstreamSettings& settings);
  // No configuration has it any more: what runs goes on, idle connections are closed.
  void abandon();
  bool configured() const { return configured_; }
  // To be called when the directory began to drain.
  void limitPool();
  bool uses(const ResolvedName& name) const;
  // The same settings with the addresses that names have now.
  void rebuild();
  ConnectionPool& pool() { return *pool_; }

 private:
  std::vector<PeerEntry> makeEntries() const;
  std::vector<Address> addressesOf(const PeerSetting& server) const;

  UpstreamDirectory& directory_;
  std::string name_;
  SeriesScope scope_;
  UpstreamMetrics metrics_;
  UpstreamSettings settings_;
  std::vector<Ref<ResolvedName>> names_;  // of the servers that are not addresses
  Ref<ConnectionPool> pool_;
  RetryBudget budget_;
  Ref<PeerSet> peers_;
  bool configured_ = false;
  bool bodies_are_large_ = false;
};

}  // namespace weir
