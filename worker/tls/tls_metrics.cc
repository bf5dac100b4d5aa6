// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tls_metrics.h"

#include "worker/tls/tls_stream.h"

namespace weir {

CellIndex TlsMetrics::handshakes(std::string_view version, bool resumed) {
  Row& row = rows_[version == "TLSv1.3" ? 1 : 0][resumed ? 1 : 0];
  if (!row.known) {
    // The directory may be busy: __other__ stands in until it is not.
    Lookup found = segment_.lookup(Metric::TlsHandshakesTotal, {listener_, version, resumed ? "yes" : "no"});
    row = {found.settled, found.index};
  }
  return row.handshakes;
}

void TlsMetrics::done(const TlsStream& stream, Microseconds duration) {
  stats::add(handshakes(stream.protocol(), stream.resumed()));
  if (!duration_known_) {
    Lookup found = segment_.lookup(Metric::TlsHandshakeDurationSeconds, {});
    duration_ = {Metric::TlsHandshakeDurationSeconds, found.index};
    duration_known_ = found.settled;
  }
  duration_.observe(duration);
}

void TlsMetrics::failed(HandshakeFault fault) {
  stats::add(segment_.series(Metric::TlsHandshakeFailuresTotal, {nameOf(fault)}));
}

}  // namespace weir
