// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a limit of open files means for connections: the master warns by it, workers go by it.

#include <algorithm>
#include <cstdint>

namespace weir {

// How many clients a worker has descriptors for: two for a proxied request, less what the worker itself needs. At
// least one.
constexpr uint64_t connectionsWithin(uint64_t open_files) {
  constexpr uint64_t kOwn = 64;
  return std::max<uint64_t>((open_files - std::min(kOwn, open_files / 2)) / 2, 1);
}

}  // namespace weir
