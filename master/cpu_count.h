// SPDX-License-Identifier: Apache-2.0
#pragma once
// How many CPUs this process may keep busy: what `worker_processes = auto` means.

#include <optional>
#include <string>
#include <string_view>

#include "shared/config/settings.h"

namespace weir {

// By the affinity mask and the CPU quotas of the cgroups above; at least 1.
unsigned availableCpus();

// Those of the affinity mask, by number.
CpuSet allowedCpus();

// cgroup v2's cpu.max, "200000 100000" or "max 100000": CPUs, rounded up; nullopt when it sets no limit.
std::optional<unsigned> cpusOfQuota(std::string_view cpu_max);

// The path of the unified hierarchy in /proc/self/cgroup, "/system.slice/weir.service"; empty when there is none.
std::string unifiedCgroup(std::string_view proc_self_cgroup);

}  // namespace weir
