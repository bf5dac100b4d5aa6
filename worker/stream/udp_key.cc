// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/udp_key.h"

#include <sys/random.h>

#include "shared/base/clock.h"

namespace weir {

UdpKeyHash::UdpKeyHash() {
  uint64_t random[2];
  if (::getrandom(random, sizeof random, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof random))
    random[0] = random[1] = static_cast<uint64_t>(monotonicNow().time_since_epoch().count());
  seed_ = random[0];
  secret_ = random[1];
}

}  // namespace weir
