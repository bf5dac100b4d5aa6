// SPDX-License-Identifier: Apache-2.0
#include "master/ticket_rotation.h"

#include <algorithm>

#include "shared/base/log.h"
#include "shared/config/tls_servers.h"

namespace weir {
void TicketRotation::follow(const Settings& settings, Instant now) {
  if (period_.count() == 0) rotated_ = now;
  period_ = {};
  eachTlsServer(settings, [this](const TlsSettings& tls, const std::string&, Origin) {
    period_ = std::max(period_, tls.session_timeout);
  });
}

void TicketRotation::rotateDue(Instant now) {
  if (now < due()) return;
  rotated_ = now;
  if (auto rotated = keys_.rotate(); !rotated) WEIR_LOG(Alert, "ticket keys: {}", rotated.error().message());
}

}  // namespace weir
