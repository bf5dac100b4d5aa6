// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/datagram_metrics.h"

#include <cerrno>

namespace weir {
namespace {

constexpr std::array<const char*, static_cast<size_t>(DatagramDrop::kCount)> kReasons{
    "acl", "session_limit", "source_limit", "limit_conn", "no_live_peer",
    "fd",  "congestion",    "too_large",    "unreachable"};

}  // namespace

DatagramMetrics::DatagramMetrics(Segment& segment, const std::string& listener)
    : in_(segment.series(Metric::UdpDatagramsTotal, {listener, "in"})),
      out_(segment.series(Metric::UdpDatagramsTotal, {listener, "out"})),
      sessions_(segment.series(Metric::UdpSessionsActive, {listener})) {
  for (size_t i = 0; i < dropped_.size(); ++i)
    dropped_[i] = segment.series(Metric::UdpDatagramsDroppedTotal, {listener, kReasons[i]});
}

DatagramDrop dropOf(int os_error) {
  switch (os_error) {
    case EMSGSIZE:
      return DatagramDrop::TooLarge;
    case EAGAIN:
    case ENOBUFS:
    case ENOMEM:
      return DatagramDrop::Congestion;
    case EMFILE:
    case ENFILE:
      return DatagramDrop::Descriptors;
    default:
      return DatagramDrop::Unreachable;
  }
}

}  // namespace weir
