// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is left of root's power: the master keeps the few capabilities that its work takes, its children none, or
// one.

#include <cstdint>

#include "shared/base/result.h"

namespace weir {

// Of those that the process has: bind low ports, change the children's identity, signal them, change their limits, read
// and hand over files of others. For good: neither an exec nor a child can have more.
Result<void> keepMastersCapabilities();

// What a child keeps. LowPorts: it may bind ports below 1024, as UDP sessions of such a listener do.
enum class Kept : uint8_t { Nothing, LowPorts };

// No more is left, and nothing can come back. Call after a change of identity, which needs some of them.
Result<void> dropCapabilities(Kept kept);
// The first half of it, for before that change: what no exec may gain.
void dropCapabilityBounds();

// The kernel refuses what an exec of a set-user-ID file would gain. Inherited by all children.
Result<void> forbidNewPrivileges();

}  // namespace weir
