// SPDX-License-Identifier: Apache-2.0
#pragma once
// Orphans: the children of a master that was killed. They close their listeners as soon as they notice, which takes a
// turn of their loop; a new master that is started at once would find its addresses in use.

#include "master/passed_sockets.h"
#include "shared/config/settings.h"

namespace weir {

// When the pid file says that the master before was killed: waits until its addresses are free, but not for ever.
// What is still in use then, is in use. Blocks; for the start only. passed: addresses that need not be free.
void waitForOrphans(const Settings& settings, const PassedSockets& passed);

}  // namespace weir
