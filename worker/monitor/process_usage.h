// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProcessUsage: what the kernel says of a process, from /proc. Anyone may read it but the number of open descriptors,
// which needs Linux 6.2 or a process of the same user that is dumpable.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

struct ProcessUsage {
  double cpu_seconds = 0;
  int64_t resident_bytes = 0;
  std::optional<int64_t> open_descriptors;
  std::optional<int64_t> max_descriptors;
};

// Nothing when there is no such process.
std::optional<ProcessUsage> readProcessUsage(pid_t pid);

// /proc/PID/stat, proc(5). The second field, the program's name, may hold spaces and parentheses.
std::optional<ProcessUsage> parseStat(std::string_view stat);
// The soft limit of /proc/PID/limits' "Max open files".
std::optional<int64_t> parseMaxOpenFiles(std::string_view limits);

}  // namespace weir
