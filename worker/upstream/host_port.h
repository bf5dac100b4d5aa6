// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two parts of a server that is given by name, "backend:80", and their way back together once the name is resolved.

#include <cstdint>
#include <string_view>

#include "shared/base/address.h"

namespace weir {

struct HostPort {
  std::string_view host;  // of the text that was split
  uint16_t port;
};

// A missing port, or one that is no number, is default_port.
HostPort splitHostPort(std::string_view text, uint16_t default_port = 80);

// REQUIRES: an IPv4 or IPv6 address
Address withPort(const Address& address, uint16_t port);

}  // namespace weir
