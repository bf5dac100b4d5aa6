// SPDX-License-Identifier: Apache-2.0
#pragma once
// Client: who is at the other end of a connection that was accepted. Goes with the connection.

#include <memory>

#include "shared/base/address.h"

namespace weir {

// By a PROXY header: for whom the connection is, and where that one connected to.
struct ProxiedAddresses {
  Address source;
  Address destination;
};

struct Client {
  Address address;                                  // that is connected
  std::unique_ptr<const ProxiedAddresses> proxied;  // null: no header, or one that names nobody
};

}  // namespace weir
