// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/peer.h"

#include <algorithm>

namespace weir {

Peer::Peer(std::string_view upstream, const Address& address, Segment& segment)
    : address_(address), metrics_(segment, upstream, address.toString()) {}

void Peer::failed(Instant now, uint32_t at_most) {
  fails_ = std::min(fails_ + 1, std::max(at_most, fails_));
  accessed_ = checked_ = now;
}

void Peer::forgive(uint32_t fails) { fails_ = std::min(fails_, fails); }

}  // namespace weir
