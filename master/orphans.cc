// SPDX-License-Identifier: Apache-2.0
#include "master/orphans.h"

#include <poll.h>
#include <unistd.h>

#include "master/listen_socket.h"
#include "master/pid_file.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"

namespace weir {
namespace {

constexpr Milliseconds kPatience{3000};
constexpr int kPauseMilliseconds = 10;

bool masterWasKilled(const std::string& pid_file) {
  return !pid_file.empty() && access(pid_file.c_str(), F_OK) == 0 && !PidFile::running(pid_file);
}

bool isInUse(const ListenSetting& setting) {
  auto probed = ListenSocket::probe(setting);
  return !probed && probed.error().code == EADDRINUSE;
}

bool anyInUse(const Settings& settings) {
  for (const ServerSettings& server : settings.servers)
    for (const ListenSetting& listen : server.listen)
      if (isInUse(listen)) return true;
  for (const Address& address : settings.metrics.listen) {
    ListenSetting setting;
    setting.address = address;
    if (isInUse(setting)) return true;
  }
  return false;
}

}  // namespace

void waitForOrphans(const Settings& settings) {
  if (!masterWasKilled(settings.main.pid.value) || !anyInUse(settings)) return;
  WEIR_LOG(Warn, "the master before was killed: waiting for its workers to let go of their addresses");
  Instant limit = monotonicNow() + kPatience;
  while (anyInUse(settings) && monotonicNow() < limit) poll(nullptr, 0, kPauseMilliseconds);
}

}  // namespace weir
