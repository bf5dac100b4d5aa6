// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the master may know of the worker: how a child is run, and how a configuration is checked.
// The only worker header that master/ includes.

#include <memory>
#include <string>
#include <vector>

#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/config/bundle.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "shared/ipc/channel.h"
#include "shared/ipc/ticket_keys.h"
#include "shared/stats/segment.h"

namespace weir {

struct ChildContext {
  unsigned slot = 0;                    // worker number, also its slot in the segment
  Channel channel;                      // to the master
  Segment* segment = nullptr;           // outlives the child's life
  const TicketKeys* tickets = nullptr;  // so do they
  Fd spool;                             // where its log lines wait, so that they outlive it; may be empty
};

// Run until told to end; called in the child after fork, privileges already dropped. The result is the exit code.
// The first configuration comes by the channel, like every later one (docs/decisions: starting is the first reload).
int runWorker(ChildContext context);
int runMonitor(ChildContext context);

// Memory for a ChildContext's spool. Empty when there is none to be had.
Fd makeLogSpool();

// Of libraries that the master does not know: for -V and weir_build_info.
const char* libeventVersion();
// "OpenSSL 3.0.15"
const char* opensslVersion();

// What the master tells of a server's certificates.
struct CertificateFact {
  std::string server;
  std::string serial;
  WallTime not_after;
};
std::vector<CertificateFact> certificateFacts(const Settings& settings);

// Compiles what parsing leaves as text (patterns, variables, upstream names) and reports what is wrong with it. Gives
// the settings back unchanged: there may be too much of them for a copy.
std::unique_ptr<Settings> checkConfig(std::unique_ptr<Settings> settings, Diagnostics& diagnostics);

}  // namespace weir
