// SPDX-License-Identifier: Apache-2.0
#include "master/orphans.h"

#include <poll.h>
#include <unistd.h>

#include "master/listeners.h"
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

}  // namespace

void waitForOrphans(const Settings& settings, const PassedSockets& passed) {
  if (!masterWasKilled(settings.main.pid.value) || !Listeners::anyInUse(settings, passed)) return;
  WEIR_LOG(Warn, "the master before was killed: waiting for its workers to let go of their addresses");
  Instant limit = monotonicNow() + kPatience;
  while (Listeners::anyInUse(settings, passed) && monotonicNow() < limit) poll(nullptr, 0, kPauseMilliseconds);
}

}  // namespace weir
