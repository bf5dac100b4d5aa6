// SPDX-License-Identifier: Apache-2.0
#pragma once
// ListenerMetrics: the cells that a listener counts in, whatever its protocol; found when it is opened.

#include <string>

#include "shared/stats/segment.h"

namespace weir {

struct ListenerMetrics {
  // protocol: "tcp", "udp".
  ListenerMetrics(Segment& segment, const std::string& listener, const std::string& protocol = "tcp");

  CellIndex accepted;
  CellIndex active;
  CellIndex rejected_limit;  // worker_connections, or sessions of a stream
  CellIndex rejected_fd;
  CellIndex rejected_acl;
  CellIndex rejected_proxy_protocol;
  CellIndex rejected_tls;
  CellIndex bytes_in;
  CellIndex bytes_out;
};

}  // namespace weir
