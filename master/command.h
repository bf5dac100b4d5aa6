// SPDX-License-Identifier: Apache-2.0
#pragma once
// The client of the control socket: `weir -s`.

#include "master/options.h"

namespace weir {

// Tells the running master and prints what it answers. The pid file's path is taken from the configuration, whatever
// else is wrong with that: the master itself reports it. Where the control socket cannot be reached the master gets a
// signal, whose outcome nobody learns. The result is the exit code: for a reload, 0 only when the new configuration
// serves.
int sendCommand(const Options& options);

}  // namespace weir
