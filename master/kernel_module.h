// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernel's TLS (kTLS) is a module on many systems. Workers have no right to have it loaded; the master asks.

#include "shared/config/settings.h"

namespace weir {

// Where a server wants it. Whether there is one shows itself to the workers.
void wakeKernelTls(const Settings& settings);

}  // namespace weir
