// SPDX-License-Identifier: Apache-2.0
#include "master/watchdog.h"

#include <algorithm>

namespace weir {
namespace {

constexpr std::string_view kWasStopped = "was stopped";
constexpr std::string_view kBurnsCpu = "burned CPU without ending a turn of its loop";
constexpr std::string_view kSleeps = "slept outside of its loop";
constexpr std::string_view kWaitsForDisk = "waited for a disk";

}  // namespace

Watchdog::Health Watchdog::look(unsigned slot, Duty duty, Instant heartbeat, const ProcessView& process, Instant now) {
  History& history = slots_[slot];
  if (heartbeat != history.heartbeat) history = {heartbeat, process.cpuTime(), kNever, {}, now};
  auto symptom = diagnose(history, duty, process, now);
  if (symptom != history.symptom) history.since = now;
  history.symptom = symptom;
  history.next = now + (symptom.empty() ? kLook : kSecondLook);
  if (symptom.empty()) return Health::Well;
  Milliseconds limit = symptom == kWasStopped ? kStopped : kSecondLook;
  return now - history.since < limit ? Health::Doubtful : Health::Hung;
}

std::string_view Watchdog::diagnose(const History& history, Duty duty, const ProcessView& process, Instant now) {
  using Doing = ProcessView::Doing;
  if (process.isStopped()) return kWasStopped;
  auto silence = now - history.heartbeat;
  if (duty == Duty::Prepare || silence < kSilence) return {};
  Doing doing = process.doing();
  if (doing != Doing::Debugged && process.cpuTime() - history.cpu_then >= kBusy) return kBurnsCpu;
  if (doing == Doing::Asleep && silence >= kAsleep) return kSleeps;
  if (doing == Doing::DiskWait && silence >= kDisk) return kWaitsForDisk;
  return {};
}

Instant Watchdog::next() const {
  Instant earliest = kNever;
  for (const auto& [slot, history] : slots_) earliest = std::min(earliest, history.next);
  return earliest;
}

}  // namespace weir
