// SPDX-License-Identifier: Apache-2.0
#include "master/live_process.h"

#include <fcntl.h>
#include <unistd.h>

#include <ctime>
#include <string>
#include <string_view>

#include "shared/base/fd.h"

namespace weir {
namespace {

// The letter behind "pid (name) " in /proc/PID/stat; the name may hold anything.
char stateOf(pid_t pid) {
  Fd fd(open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
  char text[512];
  ssize_t size = fd ? read(fd.get(), text, sizeof text) : -1;
  std::string_view line(text, size < 0 ? 0 : static_cast<size_t>(size));
  auto end = line.rfind(") ");
  return end == std::string_view::npos || end + 2 >= line.size() ? 'S' : line[end + 2];
}

}  // namespace

Microseconds LiveProcess::cpuTime() const {
  clockid_t clock;
  timespec time{};
  if (clock_getcpuclockid(pid_, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::duration_cast<Microseconds>(std::chrono::nanoseconds(time.tv_nsec));
}

ProcessView::Doing LiveProcess::doing() const {
  switch (stateOf(pid_)) {
    case 'R':
      return Doing::Running;
    case 'D':
      return Doing::DiskWait;
    case 't':
      return Doing::Debugged;
    default:
      return Doing::Asleep;
  }
}

}  // namespace weir
