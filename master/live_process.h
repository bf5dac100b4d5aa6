// SPDX-License-Identifier: Apache-2.0
#pragma once
// LiveProcess: a child of the master as the watchdog sees it. Whether it is stopped the master knows from waitpid();
// the rest is asked of the kernel. Where /proc hides the process, it counts as asleep.

#include <sys/types.h>

#include "master/watchdog.h"

namespace weir {

class LiveProcess final : public ProcessView {
 public:
  LiveProcess(pid_t pid, bool stopped) : pid_(pid), stopped_(stopped) {}

  bool isStopped() const override { return stopped_; }
  // Zero when the process is gone.
  Microseconds cpuTime() const override;
  Doing doing() const override;

 private:
  pid_t pid_;
  bool stopped_;
};

}  // namespace weir
