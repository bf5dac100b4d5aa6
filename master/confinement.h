// SPDX-License-Identifier: Apache-2.0
#pragma once
// Confinement: what a forked child does to itself before it runs: its limits, its identity, its folder, its filter of
// system calls. Nothing of it can be undone.

#include "master/generation.h"
#include "shared/base/result.h"

namespace weir {

// Limits that the system refuses are logged; without the rest the child must not run.
Result<void> confine(unsigned slot, const Generation& generation);

}  // namespace weir
