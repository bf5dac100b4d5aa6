// SPDX-License-Identifier: Apache-2.0
#pragma once
// Offer: all that one child is given of a generation. The descriptors are borrowed from the generation for the call.

#include <cstdint>
#include <string>
#include <vector>

namespace weir {

struct KeyedDescriptor {
  std::string key;  // shared/ipc/channel.h says which there are
  int fd = -1;
};

struct Offer {
  uint64_t generation = 0;
  int bundle = -1;  // a sealed memfd
  std::vector<KeyedDescriptor> descriptors;
};

}  // namespace weir
