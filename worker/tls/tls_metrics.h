// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a listening address counts of its handshakes. Rows that are not met at every connection are looked up when they
// are.

#include <array>
#include <string>

#include "shared/stats/segment.h"
#include "shared/stats/slot.h"
#include "worker/tls/handshake_fault.h"

namespace weir {

class TlsStream;

class TlsMetrics {
 public:
  TlsMetrics(Segment& segment, const std::string& listener) : segment_(segment), listener_(listener) {}

  void done(const TlsStream& stream, Microseconds duration);
  void failed(HandshakeFault fault);

 private:
  struct Row {
    bool known = false;
    CellIndex handshakes = 0;
  };
  CellIndex handshakes(std::string_view version, bool resumed);

  Segment& segment_;
  std::string listener_;
  std::array<std::array<Row, 2>, 2> rows_;  // by version and resumption
  stats::Histogram duration_{};
  bool duration_known_ = false;
};

}  // namespace weir
