// SPDX-License-Identifier: Apache-2.0
#include "master/confinement.h"

#include <unistd.h>

#include "master/privileges.h"
#include "master/process_limits.h"
#include "master/seccomp.h"
#include "shared/base/log.h"

namespace weir {

Result<void> confine(unsigned slot, const Generation& generation) {
  const MainSettings& settings = generation.settings().main;
  for (const Error& error : generation.limitsFor(slot).apply(0, {})) WEIR_LOG(Alert, "{}", error.message());
  if (auto dropped = dropPrivileges(generation.credentials()); !dropped) return dropped.error();
  const std::string& folder = settings.working_directory.value;
  if (!folder.empty() && chdir(folder.c_str()) != 0) return systemError("working_directory " + folder);
  return settings.worker_seccomp ? forbidForeignSystemCalls() : Result<void>();
}

}  // namespace weir
