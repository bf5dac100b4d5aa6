// SPDX-License-Identifier: Apache-2.0
#pragma once
// Status: what `weir -s status` tells of a running weir. Plain values, gathered by the Supervisor in one moment, and
// their two forms: lines for people, and JSON for programs.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/clock.h"

namespace weir {

struct ReloadOutcome {
  bool ok = false;
  WallTime when{};  // its end
  Microseconds took{};
  std::string diagnostics;  // lines; of one that went well, its warnings
};

struct ProcessStatus {
  unsigned slot = 0;
  pid_t pid = 0;
  const char* state = "";   // starting, running, draining, stopping or lost
  uint64_t generation = 0;  // that it was offered last
  Microseconds uptime{};
  int64_t connections = 0;
  unsigned restarts = 0;  // of the slot since the master's start
};

struct ListenerStatus {
  std::string address;
  bool for_metrics = false;
  size_t sockets = 0;  // that accept; those of a unix address count as one
  size_t leaving = 0;  // that are being emptied
};

struct Status {
  const char* state = "";  // starting, serving, quitting or stopping
  pid_t pid = 0;
  WallTime started{};
  Microseconds uptime{};
  std::string file;         // the configuration's main one
  uint64_t generation = 0;  // 0: none serves yet
  WallTime since{};         // when it began to serve
  std::string sha256;       // of all its files
  std::vector<ProcessStatus> workers;
  std::optional<ProcessStatus> monitor;
  std::vector<ListenerStatus> listeners;
  std::optional<ReloadOutcome> last_reload;
};

std::string statusText(const Status& status);
// One object and a newline.
std::string statusJson(const Status& status);

// In UTC: "2026-11-25T09:00:00Z".
std::string isoTime(WallTime time);

}  // namespace weir
