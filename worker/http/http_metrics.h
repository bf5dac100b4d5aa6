// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cells that HTTP counts in, found when a configuration is compiled; series by code and method are found when they
// are first needed, and remembered. Without a segment (a check of a configuration) everything counts into scrap cells.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/failure.h"
#include "shared/stats/segment.h"
#include "shared/stats/slot.h"
#include "worker/codec/http1_request.h"

namespace weir {

struct ServerMetrics {
  ServerMetrics(Segment* segment, const std::string& server);

  CellIndex in_flight = 0;
  CellIndex request_bytes = 0;
  CellIndex response_bytes = 0;
};

class RouteMetrics {
 public:
  RouteMetrics(Segment* segment, const std::string& server, const std::string& route)
      : segment_(segment), server_(server), route_(route) {}

  struct Done {
    Method method;
    uint16_t status;  // 100..999
    Microseconds duration;
    Microseconds first_byte;
  };
  void count(const Done& done);

 private:
  struct Row {
    uint32_t key;  // method and status
    CellIndex requests;
    stats::Histogram duration;
    stats::Histogram first_byte;
    bool settled = true;
  };
  Row& rowFor(Method method, uint16_t status);
  Row makeRow(Method method, uint16_t status);

  Segment* segment_;
  std::string server_;
  std::string route_;
  std::vector<Row> rows_;  // the few that a route really sees; the one used last is first
};

// weir_http_aborts_total and weir_http_parse_errors_total, looked up when something went wrong.
void countFailure(Segment& segment, const Failure& failure, bool head_sent);
void countParseError(Segment& segment, Cause cause);

}  // namespace weir
