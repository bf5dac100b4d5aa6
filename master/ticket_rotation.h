// SPDX-License-Identifier: Apache-2.0
#pragma once
// TicketRotation: when the keys of TLS session tickets are made anew: as often as the longest ssl_session_timeout, so
// that a ticket is good for that long at least and for twice that at most. Keeps on over reloads.

#include "shared/base/clock.h"
#include "shared/config/settings.h"
#include "shared/ipc/ticket_keys.h"

namespace weir {

class TicketRotation {
 public:
  explicit TicketRotation(TicketKeys& keys) : keys_(keys) {}

  // The configuration that serves; without TLS in it nothing is rotated.
  void follow(const Settings& settings, Instant now);
  void rotateDue(Instant now);
  Instant due() const { return period_.count() == 0 ? kNever : rotated_ + period_; }

 private:
  TicketKeys& keys_;
  Milliseconds period_{};  // 0: none
  Instant rotated_{};
};

}  // namespace weir
