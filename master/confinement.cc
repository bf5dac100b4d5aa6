// SPDX-License-Identifier: Apache-2.0
#include "master/confinement.h"

#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>

#include "master/privileges.h"
#include "master/process_limits.h"
#include "master/seccomp.h"
#include "shared/base/log.h"

namespace weir {

namespace {

// A session's socket is bound to the address of its listener.
bool bindsLowPorts(const Settings& settings) {
  auto low = [](const ListenSetting& listen) { return listen.udp && listen.address.port() < IPPORT_RESERVED; };
  return std::any_of(settings.streams.begin(), settings.streams.end(), [&](const StreamSettings& stream) {
    return std::any_of(stream.listen.begin(), stream.listen.end(), low);
  });
}

}  // namespace

Result<void> confine(unsigned slot, const Generation& generation) {
  const MainSettings& settings = generation.settings().main;
  for (const Error& error : generation.limitsFor(slot).apply(0, {})) WEIR_LOG(Alert, "{}", error.message());
  bool worker = slot != Segment::kMonitorSlot;
  Kept kept = worker && bindsLowPorts(generation.settings()) ? Kept::LowPorts : Kept::Nothing;
  if (auto dropped = dropPrivileges(generation.credentials(), kept); !dropped) return dropped.error();
  const std::string& folder = settings.working_directory.value;
  if (!folder.empty() && chdir(folder.c_str()) != 0) return systemError("working_directory " + folder);
  return settings.worker_seccomp ? forbidForeignSystemCalls() : Result<void>();
}

}  // namespace weir
