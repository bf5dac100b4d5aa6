// SPDX-License-Identifier: Apache-2.0
#pragma once
// StreamMetrics: the cells that the sessions of one listener count in; the labels are the listener's key, and for ended
// sessions the upstream's name.

#include <string>
#include <string_view>

#include "shared/stats/segment.h"
#include "shared/stats/slot.h"
#include "worker/stream/session_record.h"

namespace weir {

class StreamMetrics {
 public:
  StreamMetrics(Segment& segment, std::string listener);

  void begun() const { stats::add(active_); }
  void ended(const SessionRecord& session);

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
