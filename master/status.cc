// SPDX-License-Identifier: Apache-2.0
#include "master/status.h"

#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <string_view>

#include "shared/base/version.h"

namespace weir {
namespace {

int64_t wholeSeconds(Microseconds time) { return std::chrono::duration_cast<std::chrono::seconds>(time).count(); }

// The two largest units: "3d 4h", "12m 5s", "7s".
std::string lapse(Microseconds time) {
  int64_t seconds = wholeSeconds(time);
  if (seconds >= 86400) return fmt::format("{}d {}h", seconds / 86400, seconds % 86400 / 3600);
  if (seconds >= 3600) return fmt::format("{}h {}m", seconds / 3600, seconds % 3600 / 60);
  if (seconds >= 60) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  return fmt::format("{}s", seconds);
}

std::string indented(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    auto end = std::min(lines.find('\n'), lines.size());
    text.append("  ").append(lines.substr(0, end)).push_back('\n');
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return text;
}

std::string reloadText(const std::optional<ReloadOutcome>& reload) {
  if (!reload) return "last reload    none\n";
  const char* outcome = reload->ok ? "ok" : "failed, the configuration before it serves on";
  return fmt::format("last reload    {}, {}, {:.3f} s\n", outcome, isoTime(reload->when),
                     static_cast<double>(reload->took.count()) / 1e6) +
         indented(reload->diagnostics);
}

std::string processLine(const std::string& name, const ProcessStatus& process) {
  return fmt::format("  {:<8} {:<8} {:<9} {:<10} {:<10} {:<12} {}\n", name, process.pid, process.state,
                     process.generation, lapse(process.uptime), process.connections, process.restarts);
}

std::string processesText(const Status& status) {
  std::string text = fmt::format("\n  {:<8} {:<8} {:<9} {:<10} {:<10} {:<12} {}\n", "worker", "pid", "state",
                                 "generation", "up", "connections", "restarts");
  for (const ProcessStatus& worker : status.workers) text += processLine(std::to_string(worker.slot), worker);
  if (status.monitor) text += processLine("monitor", *status.monitor);
  return text;
}

std::string listenersText(const Status& status) {
  std::string text = fmt::format("\n  {:<40} {:<9} {}\n", "listener", "sockets", "leaving");
  for (const ListenerStatus& each : status.listeners) {
    std::string name = each.for_metrics ? each.address + " (metrics)" : each.address;
    text += fmt::format("  {:<40} {:<9} {}\n", name, each.sockets, each.leaving);
  }
  return text;
}

}  // namespace

std::string isoTime(WallTime time) {
  time_t seconds = std::chrono::system_clock::to_time_t(time);
  tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return std::string(text, strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

std::string statusText(const Status& status) {
  std::string text = fmt::format("weir {} ({}) {}, master {}, up {}\n", kVersion, kRevision, status.state, status.pid,
                                 lapse(status.uptime));
  text += fmt::format("configuration  {}\n", status.file);
  if (status.generation != 0)
    text += fmt::format("generation     {}, since {}\nsha256         {}\n", status.generation, isoTime(status.since),
                        status.sha256);
  return text + reloadText(status.last_reload) + processesText(status) + listenersText(status);
}

}  // namespace weir
