// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/peer.h"

namespace weir {

Peer::Peer(std::string_view upstream, const Address& address, Segment& segment, SeriesScope scope)
    : address_(address),
      name_(address.toString()),
      scope_(scope),
      metrics_(segment, seriesLabel(scope, upstream), seriesLabel(scope, name_)) {
  settle();
}

Peer::~Peer() { setListed(false); }

// Asks for the series that a busy directory withheld.
void Peer::settle() {
  metrics_.settle();
  // A record that strangers share would say one's failures of the other.
  const bool has_health =
      scope_ == SeriesScope::Variable || health_.settle(metrics_.segment(), metrics_.upstream(), metrics_.peer());
  settled_ = has_health && metrics_.settled();
}

void Peer::setListed(bool listed) {
  if (listed_ == listed) return;
  listed_ = listed;
  health_.list(metrics_.segment(), listed);
}

}  // namespace weir
