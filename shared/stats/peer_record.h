// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerRecord: the cells of a Metric::UpstreamPeerHealth series, and what they say. All but Listed are in the segment's
// shared slot, where every worker changes them atomically; Listed is a gauge in each worker's own slot, so that a dead
// worker lists nothing. Times are microseconds of the monotonic clock.

#include <array>
#include <cstdint>
#include <string_view>

#include "shared/stats/metrics.h"

namespace weir {

enum class PeerField : uint32_t {
  Listed,     // sets of peers in use that have it
  Fails,      // failures that count now
  FailedAt,   // the last of them
  CheckedAt,  // when it failed, or when a request was let through to see whether it still does
  MaxFails,   // as configured; 0: it is never taken for unavailable
  Weight,     // as configured
  Down,       // 1: by configuration
  kCount,
};
static_assert(static_cast<uint32_t>(PeerField::kCount) <= kRecordCells);

constexpr CellIndex cellOf(CellIndex record, PeerField field) { return record + static_cast<CellIndex>(field); }

enum class PeerState : uint8_t { Up, Unavailable, Down };
inline constexpr std::array<std::string_view, 3> kPeerStates{"up", "unavailable", "down"};
constexpr std::string_view peerStateName(PeerState state) { return kPeerStates[static_cast<size_t>(state)]; }

constexpr PeerState peerState(int64_t fails, int64_t max_fails, bool down) {
  if (down) return PeerState::Down;
  return max_fails > 0 && fails >= max_fails ? PeerState::Unavailable : PeerState::Up;
}

}  // namespace weir
