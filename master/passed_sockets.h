// SPDX-License-Identifier: Apache-2.0
#pragma once
// PassedSockets: the listening sockets that a service manager opened and passed to this process (sd_listen_fds(3),
// LISTEN_FDS), known by the address that they are bound to. Owned by who starts the master; the first generation takes
// those that its configuration names, and the rest closes.

#include <map>
#include <optional>
#include <string>

#include "shared/base/address.h"
#include "shared/base/fd.h"

namespace weir {

class PassedSockets {
 public:
  // Nothing was passed.
  PassedSockets() = default;
  // Takes LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES out of the environment. What is no listening stream socket is
  // logged and closed. Call before anything opens descriptors: theirs begin at 3.
  static PassedSockets fromEnvironment();

  bool has(const Address& address) const { return sockets_.contains(address.toString()); }
  // Empty when none has this address.
  Fd take(const Address& address);
  // Logs those that nobody has taken.
  void warnOfRest() const;

 private:
  void add(Fd fd);

  std::map<std::string, Fd> sockets_;  // by their address
};

}  // namespace weir
