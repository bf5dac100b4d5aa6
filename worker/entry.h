// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the master may know of the worker: how a child is run, and how a configuration is checked.
// The only worker header that master/ includes.

#include "shared/base/fd.h"
#include "shared/config/bundle.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "shared/ipc/channel.h"
#include "shared/stats/segment.h"

namespace weir {

struct ChildContext {
  unsigned slot = 0;           // worker number, also its slot in the segment
  Channel channel;             // to the master
  Segment* segment = nullptr;  // outlives the child's life
};

// Run until told to end; called in the child after fork, privileges already dropped. The result is the exit code.
// The first configuration comes by the channel, like every later one (docs/decisions: starting is the first reload).
int runWorker(ChildContext context);
int runMonitor(ChildContext context);

// Of libevent, which the master does not know: for -V and weir_build_info.
const char* libeventVersion();

// Compiles what parsing leaves as text (patterns, variables, upstream names) and reports what is wrong with it.
void checkConfig(const Settings& settings, Diagnostics& diagnostics);

}  // namespace weir
