// SPDX-License-Identifier: Apache-2.0
#pragma once
// Transports: numbers for the ways to reach a peer. Two requests may share a connection only when everything that
// distinguishes it is equal (S-25): comparing the number compares it all. For the life of the worker.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/address.h"

namespace weir {

// What must be equal for one stream to serve in place of another.
struct Transport {
  std::optional<Address> bind;  // source address
  std::string tls{};            // identity of the TLS settings and the name that is asked for; empty: without

  bool operator==(const Transport&) const = default;
};

class Transports {
 public:
  // Equal transports have the same number. Found while a configuration is compiled; a plain one is 0.
  uint32_t idOf(const Transport& transport) {
    for (size_t i = 0; i < known_.size(); ++i)
      if (known_[i] == transport) return static_cast<uint32_t>(i);
    known_.push_back(transport);
    return static_cast<uint32_t>(known_.size() - 1);
  }

 private:
  std::vector<Transport> known_{Transport{}};
};

}  // namespace weir
