// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerMetrics: the rows of weir_upstream_* that have a peer label. Part of a Peer. Series by status code or cause are
// found when they are first needed and remembered; counting allocates nothing then.

#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/failure.h"
#include "worker/upstream/cell_cache.h"
#include "worker/upstream/shared_gauge.h"

namespace weir {

class PeerMetrics {
 public:
  PeerMetrics(Segment& segment, std::string_view upstream, std::string_view peer);

  SharedGauge active;  // leases: connections that serve an exchange or are being made for one
  SharedGauge idle;    // in the pool

  void countResponse(uint16_t status) { count(codes_, Metric::UpstreamRequestsTotal, status); }
  void countConnectFailure(Cause cause) { count(connect_failures_, Metric::UpstreamConnectFailuresTotal, cause); }
  void countResponseFailure(Cause cause) { count(response_failures_, Metric::UpstreamResponseFailuresTotal, cause); }
  void countOpened() { stats::add(opened_); }
  void countReused() { stats::add(reused_); }
  // The outcome of requests made it unavailable, or made an unavailable one up again.
  void countUnavailable() { stats::add(unavailable_); }
  void countUp() { stats::add(up_); }

  // Asks for the series that a busy directory withheld. Cheap once it has them all.
  void settle() {
    if (!settled_) settled_ = findCells();
  }
  bool settled() const { return settled_; }
  Segment& segment() const { return segment_; }
  const std::string& upstream() const { return upstream_; }
  const std::string& peer() const { return peer_; }

 private:
  using Causes = CellCache<12>;
  using Codes = CellCache<16>;

  void count(Codes& cache, Metric metric, uint16_t status);
  void count(Causes& cache, Metric metric, Cause cause);
  bool findCells();

  Segment& segment_;
  std::string upstream_;
  std::string peer_;
  bool settled_ = false;
  CellIndex opened_ = 0;
  CellIndex reused_ = 0;
  CellIndex unavailable_ = 0;
  CellIndex up_ = 0;
  Codes codes_;
  Causes connect_failures_;
  Causes response_failures_;
};

}  // namespace weir
