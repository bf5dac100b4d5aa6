// SPDX-License-Identifier: Apache-2.0
#pragma once
// Watchdog: tells a process that hangs from one that is idle, busy, or only short of CPU on a loaded machine. A silent
// heartbeat alone proves nothing; it makes the watchdog look at what the process does. It knows slots and times, and
// neither reads a clock nor touches a process.
//
//   stopped (SIGSTOP)            hung after kStopped of it
//   burning CPU                  hung after kBusy of CPU time without the end of a turn, however long that takes
//   asleep, but not in its loop  hung after kAsleep
//   waiting for a disk           hung after kDisk: nothing else would be quicker
//   runnable, or being debugged  never: its successor would not do better, or somebody is looking already

#include <cstdint>
#include <map>
#include <string_view>

#include "shared/base/clock.h"

namespace weir {

// What the system says of a process. Asked only when it matters.
class ProcessView {
 public:
  enum class Doing : uint8_t { Running, Asleep, DiskWait, Debugged };

  virtual bool isStopped() const = 0;
  virtual Microseconds cpuTime() const = 0;
  virtual Doing doing() const = 0;

 protected:
  ~ProcessView() = default;
};

class Watchdog {
 public:
  enum class Health : uint8_t { Well, Doubtful, Hung };
  // Preparing a configuration is one long turn, with a limit of its own: there only a stop counts.
  enum class Duty : uint8_t { Serve, Prepare };

  static constexpr Milliseconds kLook{500};
  static constexpr Milliseconds kSecondLook{250};  // before a verdict: the master itself may have been late
  static constexpr Milliseconds kStopped{1500};
  static constexpr Milliseconds kSilence{2000};
  static constexpr Milliseconds kBusy{1500};
  static constexpr Milliseconds kAsleep{5000};
  static constexpr Milliseconds kDisk{30'000};

  Health look(unsigned slot, Duty duty, Instant heartbeat, const ProcessView& process, Instant now);
  // Of a slot that was looked at: why it is doubtful or hung, "was stopped".
  std::string_view symptom(unsigned slot) const { return slots_.at(slot).symptom; }
  // The process has ended.
  void forget(unsigned slot) { slots_.erase(slot); }
  // When to look again; kNever when there is nothing to watch.
  Instant next() const;

 private:
  struct History {
    Instant heartbeat{};
    Microseconds cpu_then{};  // when that heartbeat was first seen
    Instant since = kNever;   // when the symptom was first seen
    std::string_view symptom;
    Instant next{};
  };
  static std::string_view diagnose(const History& history, Duty duty, const ProcessView& process, Instant now);

  std::map<unsigned, History> slots_;
};

}  // namespace weir
