// SPDX-License-Identifier: Apache-2.0
#pragma once
// `worker_seccomp`: a filter in the kernel that ends a process at a system call which no worker makes, whatever
// somebody may have made of it: SIGSYS, and a core. What libraries may do in a new version is not on the list.

#include "shared/base/result.h"

namespace weir {

// For this thread and all that it starts; for good. REQUIRES: no_new_privs
Result<void> forbidForeignSystemCalls();

}  // namespace weir
