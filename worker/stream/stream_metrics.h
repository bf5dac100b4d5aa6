// SPDX-License-Identifier: Apache-2.0
#pragma once
// StreamMetrics: the cells that the sessions of one listener count in; the labels are the listener's key, and for ended
// sessions the upstream's name.

#include <string>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/base/failure.h"
#include "shared/stats/segment.h"
#include "shared/stats/slot.h"

namespace weir {

class StreamMetrics {
 public:
  StreamMetrics(Segment& segment, std::string listener);

  void begun() const { stats::add(active_); }
  struct Ended {
    std::string_view upstream;
    Cause cause = Cause::None;
    Microseconds duration{};
    uint64_t received = 0;  // from the client
    uint64_t sent = 0;
  };
  void ended(const Ended& session);

 private:
  Segment& segment_;
  std::string listener_;
  CellIndex active_;
  stats::Histogram duration_;
  // Of the upstream that the last session had: mostly the next one's too.
  std::string upstream_;
  CellIndex bytes_in_ = 0;
  CellIndex bytes_out_ = 0;
  CellIndex complete_ = 0;
};

}  // namespace weir
