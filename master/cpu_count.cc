// SPDX-License-Identifier: Apache-2.0
#include "master/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>

namespace weir {
namespace {

std::string readAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// "/a/b" -> "/a" -> "/" -> ""
std::string parentOf(const std::string& path) {
  if (path == "/") return {};
  auto slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::optional<uint64_t> takeNumber(std::string_view& text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(std::min(text.size(), static_cast<size_t>(end - text.data()) + 1));
  return value;
}

}  // namespace

std::optional<unsigned> cpusOfQuota(std::string_view cpu_max) {
  auto quota = takeNumber(cpu_max);
  auto period = takeNumber(cpu_max);
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<unsigned>(std::max<uint64_t>(1, (*quota + *period - 1) / *period));
}

std::string unifiedCgroup(std::string_view text) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    if (line.starts_with("0::")) return std::string(line.substr(3));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

CpuSet allowedCpus() {
  cpu_set_t set;
  CpuSet cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (uint16_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

unsigned availableCpus() {
  auto cpus = static_cast<unsigned>(allowedCpus().size());
  // Each ancestor's quota holds for all below it.
  for (auto path = unifiedCgroup(readAll("/proc/self/cgroup")); !path.empty(); path = parentOf(path)) {
    auto quota = cpusOfQuota(readAll("/sys/fs/cgroup" + path + "/cpu.max"));
    if (quota) cpus = std::min(cpus, *quota);
  }
  return std::max(1U, cpus);
}

}  // namespace weir
