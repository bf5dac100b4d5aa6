// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the values of a configuration must be to each other, as far as that can be said without compiling anything:
// names that must be unique, listeners of several servers that must agree, formats that must exist.

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"

namespace weir::config {

// Also makes the options of one address the same in all servers that listen on it.
void checkSettings(Settings& settings, Diagnostics& diagnostics);

}  // namespace weir::config
