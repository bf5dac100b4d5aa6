// SPDX-License-Identifier: Apache-2.0
#include "master/ticket_rotation.h"

#include <algorithm>

#include "shared/base/log.h"

namespace weir {
namespace {

bool usesTls(const ServerSettings& server) {
  return std::any_of(server.listen.begin(), server.listen.end(), [](const auto& listen) { return listen.ssl; });
}

}  // namespace

void TicketRotation::follow(const Settings& settings, Instant now) {
  if (period_.count() == 0) rotated_ = now;
  period_ = {};
  for (const ServerSettings& server : settings.servers)
    if (usesTls(server)) period_ = std::max(period_, server.http.tls.session_timeout);
}

void TicketRotation::rotateDue(Instant now) {
  if (now < due()) return;
  rotated_ = now;
  if (auto rotated = keys_.rotate(); !rotated) WEIR_LOG(Alert, "ticket keys: {}", rotated.error().message());
}

}  // namespace weir
