// SPDX-License-Identifier: Apache-2.0
#pragma once
// Peer: one address of one upstream as this worker knows it: load, health, counters, idle connections. Found again by
// address after a reload or a DNS change, and kept while a PeerSet or a Lease refers to it. What a configuration gives
// it (weight, limits) is in PeerEntry, because that may differ from one configuration to the next.

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/list.h"
#include "shared/base/ref.h"
#include "worker/upstream/passive_health.h"
#include "worker/upstream/peer_connection.h"
#include "worker/upstream/peer_metrics.h"
#include "worker/upstream/series_scope.h"

namespace weir {

class Peer final : public Counted {
 public:
  Peer(std::string_view upstream, const Address& address, Segment& segment, SeriesScope scope = SeriesScope::Own);
  ~Peer() override;

  const Address& address() const { return address_; }
  const std::string& name() const { return name_; }  // "127.0.0.1:8081"
  PeerMetrics& metrics() { return metrics_; }

  // Requests and sessions in progress, over all workers; those of its scope where that is not its own.
  int64_t load() const { return metrics_.active.total(metrics_.segment()); }
  void begin() {
    if (!settled_) settle();
    metrics_.active.add(1);
  }
  void end() { metrics_.active.add(-1); }

  PassiveHealth& health() { return health_; }
  const PassiveHealth& health() const { return health_; }

  // In the set that serves now: connections to it may wait for another request.
  bool listed() const { return listed_; }
  void setListed(bool listed);

 private:
  friend class ConnectionPool;
  void settle();

  Address address_;
  std::string name_;
  SeriesScope scope_;
  PeerMetrics metrics_;
  PassiveHealth health_;
  bool settled_ = false;
  List<PeerConnection, ByPeer> idle_;  // most recently used first
  bool listed_ = false;
};

}  // namespace weir
