// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClientAddressWalk: who the client is when trusted proxies are in front (S-28): the walk through X-Forwarded-For from
// the nearest hop to the farthest. Starts at the connection's peer, steps on only from a hop that is trusted, and stops
// at the first untrusted hop, at what is no address, or after one step when not recursive (real_ip_recursive).
// The peer itself stays with its owner ($realip_remote_addr). Allocates nothing.

#include <span>
#include <string_view>
#include <vector>

#include "shared/base/address.h"

namespace weir {

class ClientAddressWalk {
 public:
  enum class Depth : uint8_t { LastOnly, Recursive };

  // trusted: set_real_ip_from; must outlive the walk.
  ClientAddressWalk(const Address& peer, const std::vector<Network>& trusted, Depth depth);

  // False once the client is known: no more fields need to be visited.
  bool wantsMore() const { return wants_more_; }
  // One field's value. Several fields are one list, so the last field comes first.
  void visit(std::string_view value);

  // The peer when nothing better is known. A hop that was written without a port has port 0.
  const Address& client() const { return client_; }

 private:
  bool trusts(const Address& hop) const;
  void visitHop(std::string_view text);

  const std::vector<Network>& trusted_;
  Address client_;
  Depth depth_;
  bool wants_more_;
};

// The walk over fields in the order in which they arrived.
Address clientAddress(const Address& peer, const std::vector<Network>& trusted, ClientAddressWalk::Depth depth,
                      std::span<const std::string_view> fields);

}  // namespace weir
