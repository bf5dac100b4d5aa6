// SPDX-License-Identifier: Apache-2.0
#include "worker/net/listener_metrics.h"

namespace weir {

ListenerMetrics::ListenerMetrics(Segment& segment, const std::string& listener, const std::string& protocol) {
  auto rejected = [&](const char* reason) {
    return segment.series(Metric::ListenerConnectionsRejectedTotal, {listener, reason});
  };
  accepted = segment.series(Metric::ListenerConnectionsAcceptedTotal, {listener, protocol});
  active = segment.series(Metric::ListenerConnectionsActive, {listener});
  rejected_limit = rejected("limit");
  rejected_fd = rejected("fd");
  rejected_acl = rejected("acl");
  rejected_proxy_protocol = rejected("proxy_protocol");
  rejected_tls = rejected("tls");
  bytes_in = segment.series(Metric::ListenerBytesTotal, {listener, "in"});
  bytes_out = segment.series(Metric::ListenerBytesTotal, {listener, "out"});
}

}  // namespace weir
