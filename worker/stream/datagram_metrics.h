// SPDX-License-Identifier: Apache-2.0
#pragma once
// DatagramMetrics: the cells in which a UDP listener counts datagrams and sessions.

#include <array>
#include <cstdint>
#include <string>

#include "shared/stats/segment.h"
#include "shared/stats/slot.h"

namespace weir {

// Why a datagram was not passed on.
enum class DatagramDrop : uint8_t {
  Acl,
  SessionLimit,  // proxy_sessions, or worker_connections
  SourceLimit,   // proxy_sessions_per_source
  LimitConn,
  NoPeer,
  Descriptors,
  Congestion,  // the kernel had no room to send it
  TooLarge,    // for the way it had to go
  Unreachable,
  kCount,
};

class DatagramMetrics {
 public:
  DatagramMetrics(Segment& segment, const std::string& listener);

  void received(size_t count) const { stats::add(in_, static_cast<int64_t>(count)); }
  void sent(size_t count) const { stats::add(out_, static_cast<int64_t>(count)); }
  void dropped(DatagramDrop reason, size_t count) const {
    stats::add(dropped_[static_cast<size_t>(reason)], static_cast<int64_t>(count));
  }
  void sessionBegun() const { stats::add(sessions_); }
  void sessionEnded() const { stats::add(sessions_, -1); }

 private:
  CellIndex in_;
  CellIndex out_;
  CellIndex sessions_;
  std::array<CellIndex, static_cast<size_t>(DatagramDrop::kCount)> dropped_;
};

// What errno of a send makes of it.
DatagramDrop dropOf(int os_error);

}  // namespace weir
