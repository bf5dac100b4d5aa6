// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/peer.h"

namespace weir {

Peer::Peer(std::string_view upstream, const Address& address, Segment& segment)
    : address_(address), metrics_(segment, upstream, address.toString()) {
  settle();
}

Peer::~Peer() { setListed(false); }

// Asks for the series that a busy directory withheld.
void Peer::settle() {
  metrics_.settle();
  settled_ = health_.settle(metrics_.segment(), metrics_.upstream(), metrics_.peer()) && metrics_.settled();
}

void Peer::setListed(bool listed) {
  if (listed_ == listed) return;
  listed_ = listed;
  health_.list(metrics_.segment(), listed);
}

}  // namespace weir
