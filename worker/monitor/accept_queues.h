// SPDX-License-Identifier: Apache-2.0
#pragma once
// AcceptQueues: how many connections wait to be accepted at each listening TCP address of the host, asked of the kernel
// (sock_diag(7)), so that it is known of a worker that hangs too, and nobody else has to hold its sockets. For the
// monitor; takes a few system calls.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace weir {

// Summed over the sockets of an address (one per worker).
struct AcceptQueue {
  int64_t length = 0;
  int64_t limit = 0;
};
using AcceptQueues = std::map<std::string, AcceptQueue, std::less<>>;  // by the address' text, as Address has it

// Empty where the kernel does not tell (a sandbox without netlink).
AcceptQueues readAcceptQueues();

// Adds what one datagram of the kernel's answer says. False: nothing follows, or it is no such answer.
bool addAcceptQueues(std::string_view datagram, AcceptQueues& queues);

}  // namespace weir
