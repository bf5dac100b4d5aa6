// SPDX-License-Identifier: Apache-2.0
#pragma once
// Generation: one configuration with everything the master holds for it: bundle, settings, open logs, sockets.
// Loaded by a start or a reload, offered to the children, and then either the one that serves or dropped whole.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "master/listeners.h"
#include "master/log_files.h"
#include "master/offer.h"
#include "master/options.h"
#include "master/privileges.h"
#include "master/process_limits.h"
#include "master/tls_memory.h"
#include "master/zones.h"
#include "shared/config/bundle.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "shared/stats/segment.h"

namespace weir {

class Generation {
 public:
  // Reads, parses and compiles; opens nothing. To be used further only when diagnostics has no errors.
  static std::unique_ptr<Generation> load(const Options& options, uint64_t number, Diagnostics& diagnostics);

  // For -t: everything that open() would find wrong, without effects.
  void check(Diagnostics& diagnostics) const;

  // Before open(), at the start: sockets that need not be bound.
  void accept(PassedSockets sockets) { passed_ = std::move(sockets); }
  // Opens the logs and binds the sockets that previous (null at the start) does not hold. What cannot change while weir
  // runs is taken over from previous, with a warning. Any error makes the generation useless.
  void open(const Generation* previous, std::vector<unsigned> slots, Diagnostics& diagnostics);

  uint64_t number() const { return bundle_.generation; }
  const Bundle& bundle() const { return bundle_; }
  // Of the files' contents in the order in which they were read: for a single file, what sha256sum says.
  ConfigDigest digest() const;
  const Settings& settings() const { return *settings_; }
  const Credentials& credentials() const { return credentials_; }
  const LogFiles& logs() const { return logs_; }
  Listeners& listeners() { return listeners_; }
  const Listeners& listeners() const { return listeners_; }
  Zones& zones() { return zones_; }
  // Of the workers, in their order.
  const std::vector<unsigned>& slots() const { return slots_; }
  // How many workers the settings ask for.
  unsigned workerCount() const;

  // For a worker's slot, or Segment::kMonitorSlot.
  ProcessLimits limitsFor(unsigned slot) const;
  Offer offerFor(unsigned slot) const;
  // Only the logs, of the same kind.
  std::vector<KeyedDescriptor> logsFor(unsigned slot) const;

  // Opens the logs again; those in use stay when any of them fails.
  void reopenLogs(Diagnostics& diagnostics);

 private:
  void keepFixedSettings(const Generation& previous, Diagnostics& diagnostics);

  Bundle bundle_;
  std::unique_ptr<Settings> settings_;
  Credentials credentials_;
  LogFiles logs_;
  PassedSockets passed_;
  Listeners listeners_;
  TlsMemory tls_memory_;
  Zones zones_;
  Fd sealed_;
  std::vector<unsigned> slots_;
};

// Slots for so many workers: those that serve already first, then the lowest that nobody occupies, a process that is
// still draining included. Sorted.
std::vector<unsigned> chooseSlots(unsigned count, const std::vector<unsigned>& serving,
                                  const std::set<unsigned>& occupied);

}  // namespace weir
