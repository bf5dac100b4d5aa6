// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a limit of open files means for connections: the master warns by it, workers go by it.

#include <algorithm>
#include <cstdint>

namespace weir {

// How many clients a worker has descriptors for, less what the worker itself needs. At least one.
constexpr uint64_t connectionsWithin(uint64_t open_files) {
  constexpr uint64_t kOwn = 64;
  return std::max<uint64_t>(open_files - std::min(kOwn, open_files / 2), 1);
}

// The same where each of them may need a peer's connection, too.
constexpr uint64_t proxiedConnectionsWithin(uint64_t open_files) {
  return std::max<uint64_t>(connectionsWithin(open_files) / 2, 1);
}

}  // namespace weir
