// SPDX-License-Identifier: Apache-2.0
#include "master/process_limits.h"

#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "shared/base/open_files.h"
#include "shared/stats/segment.h"

namespace weir {
namespace {

CpuSet cpusOf(const AffinitySetting& setting, unsigned slot, const CpuSet& available) {
  if (!setting.automatic)
    return setting.masks.empty() ? CpuSet{} : setting.masks[std::min<size_t>(slot, setting.masks.size() - 1)];
  const CpuSet& pool = setting.masks.empty() ? available : setting.masks.front();
  return pool.empty() ? CpuSet{} : CpuSet{pool[slot % pool.size()]};
}

bool setLimit(pid_t pid, __rlimit_resource resource, rlim_t value) {
  rlimit both{value, value};
  return prlimit(pid, resource, &both, nullptr) == 0;
}

bool setCpus(pid_t pid, const CpuSet& cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (uint16_t cpu : cpus) CPU_SET(cpu, &set);
  if (cpus.empty()) std::memset(&set, 0xff, sizeof set);
  return sched_setaffinity(pid, sizeof set, &set) == 0;
}

std::string listOf(const CpuSet& cpus) {
  std::string text;
  for (uint16_t cpu : cpus) text += (text.empty() ? "" : ",") + std::to_string(cpu);
  return text;
}

}  // namespace

// The monitor is no worker: it gets limits, but neither CPUs nor priority.
ProcessLimits ProcessLimits::of(const MainSettings& settings, unsigned slot, const CpuSet& available) {
  ProcessLimits limits;
  limits.open_files = settings.worker_rlimit_nofile;
  limits.core = settings.worker_rlimit_core.bytes;
  if (slot == Segment::kMonitorSlot) return limits;
  limits.priority = settings.worker_priority.value;
  limits.cpus = cpusOf(settings.worker_cpu_affinity, slot, available);
  return limits;
}

std::vector<Error> ProcessLimits::apply(pid_t pid, const ProcessLimits& has) const {
  std::vector<Error> refused;
  if (open_files != has.open_files && open_files != 0 && !setLimit(pid, RLIMIT_NOFILE, open_files))
    refused.push_back(systemError("worker_rlimit_nofile " + std::to_string(open_files)));
  if (core != has.core && core != 0 && !setLimit(pid, RLIMIT_CORE, core))
    refused.push_back(systemError("worker_rlimit_core " + std::to_string(core)));
  if (priority != has.priority && setpriority(PRIO_PROCESS, static_cast<id_t>(pid), priority) != 0)
    refused.push_back(systemError("worker_priority " + std::to_string(priority)));
  if (cpus != has.cpus && !setCpus(pid, cpus))
    refused.push_back(systemError("worker_cpu_affinity of CPU " + listOf(cpus)));
  return refused;
}

// The hard limit: the master raises the soft one to it.
void checkOpenFiles(const MainSettings& settings, Diagnostics& diagnostics) {
  const auto& wanted = settings.worker_connections.value;
  rlimit limit{};
  if (!wanted || getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  rlim_t open_files = settings.worker_rlimit_nofile != 0 ? settings.worker_rlimit_nofile : limit.rlim_max;
  uint64_t possible = connectionsWithin(open_files);
  if (*wanted <= possible) return;
  diagnostics.warning({}, "worker_connections " + std::to_string(*wanted) + " is more than the limit of open files, " +
                              std::to_string(open_files) + ", has room for: a worker holds " +
                              std::to_string(possible));
}

void raiseOpenFilesLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace weir
