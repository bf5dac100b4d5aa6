// SPDX-License-Identifier: Apache-2.0
#pragma once
// How long a TCP connection may go without an acknowledgement.

#include "shared/base/clock.h"

namespace weir {

// Sets TCP_USER_TIMEOUT; keepalive, where it is on, shortens it: the kernel asks the user timeout, not the number of
// probes, whether a silent side is gone (tcp(7)). A listening socket's is that of what it accepts.
void setUserTimeout(int fd, Milliseconds most);

}  // namespace weir
