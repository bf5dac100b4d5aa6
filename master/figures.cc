// SPDX-License-Identifier: Apache-2.0
#include "master/figures.h"

#include <unistd.h>

#include "shared/base/version.h"
#include "shared/stats/slot.h"
#include "worker/entry.h"

namespace weir {
namespace {

int64_t microseconds(WallTime time) { return time.time_since_epoch().count(); }

}  // namespace

Figures::Figures(Segment& segment) : segment_(segment) {
  stats::attach(segment.slotCells(Segment::kMasterSlot));
  SlotHeader& header = segment.slotHeader(Segment::kMasterSlot);
  header.pid.store(getpid());
  header.started.store(microseconds(wallNow()));
  header.state.store(SlotState::Running);
  stats::set(segment_.series(Metric::BuildInfo, {kVersion, kRevision, libeventVersion(), opensslVersion()}), 1);
  stats::set(segment_.series(Metric::StartTimeSeconds, {}), microseconds(wallNow()));
  // Prometheus sees no increase in a series that begins at 1.
  for (ExitReason reason :
       {ExitReason::Ok, ExitReason::Crash, ExitReason::Hang, ExitReason::Oom, ExitReason::DrainTimeout})
    segment_.series(Metric::WorkerExitsTotal, {exitReasonName(reason)});
  for (std::string_view result : {"ok", "failed"}) segment_.series(Metric::ConfigReloadsTotal, {result});
}

void Figures::childEnded(unsigned slot, ExitReason reason) {
  Metric metric = slot == Segment::kMonitorSlot ? Metric::MonitorExitsTotal : Metric::WorkerExitsTotal;
  stats::add(segment_.series(metric, {exitReasonName(reason)}));
}

void Figures::generationServes(uint64_t number, const ConfigDigest& digest, WallTime now) {
  if (number > 1) stats::add(segment_.series(Metric::ConfigReloadsTotal, {"ok"}));
  stats::set(segment_.series(Metric::ConfigLastReloadSuccessful, {}), 1);
  stats::set(segment_.series(Metric::ConfigLastReloadSuccessTimestampSeconds, {}), microseconds(now));
  stats::set(segment_.series(Metric::ConfigGeneration, {}), static_cast<int64_t>(number));
  segment_.setConfigDigest(digest);
}

void Figures::certificates(const std::vector<CertificateFact>& facts) {
  for (CellIndex cell : certificates_) stats::set(cell, 0);
  certificates_.clear();
  for (const CertificateFact& fact : facts) {
    CellIndex cell = segment_.series(Metric::TlsCertificateNotAfterTimestampSeconds, {fact.server, fact.serial});
    stats::set(cell, microseconds(fact.not_after));
    certificates_.push_back(cell);
  }
}

void Figures::reloadFailed() {
  stats::add(segment_.series(Metric::ConfigReloadsTotal, {"failed"}));
  stats::set(segment_.series(Metric::ConfigLastReloadSuccessful, {}), 0);
}

}  // namespace weir
