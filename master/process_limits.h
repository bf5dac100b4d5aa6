// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProcessLimits: what the kernel grants a child: open files, core size, priority, CPUs. A child sets its own before it
// gives up its privileges; the master changes them from outside when a reload does.

#include <sys/types.h>

#include <vector>

#include "shared/base/result.h"
#include "shared/config/settings.h"

namespace weir {

struct ProcessLimits {
  uint32_t open_files = 0;  // 0: as it is
  uint64_t core = 0;        // bytes; 0: as it is
  int priority = 0;
  CpuSet cpus;  // empty: all

  // For a worker's slot or the monitor's; available: the CPUs that weir may use.
  static ProcessLimits of(const MainSettings& settings, unsigned slot, const CpuSet& available);

  // Sets on a process (0: this one) what differs from what it has; gives what the system refused.
  std::vector<Error> apply(pid_t pid, const ProcessLimits& has) const;
};

// Warns where worker_connections is more than the limit of open files has room for.
void checkOpenFiles(const MainSettings& settings, Diagnostics& diagnostics);

// The soft limit of open files to the hard one, for the master and all it forks.
void raiseOpenFilesLimit();

}  // namespace weir
