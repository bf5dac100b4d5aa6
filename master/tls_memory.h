// SPDX-License-Identifier: Apache-2.0
#pragma once
// TlsMemory: the memory that a generation's TLS shares among its processes: session caches by name, and one for OCSP
// responses where any server has them fetched. What the generation before has in the same size is taken over with all
// that is in it.

#include <map>
#include <string>
#include <vector>

#include "master/offer.h"
#include "shared/base/fd.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"

namespace weir {

class TlsMemory {
 public:
  // previous: null at the start.
  static TlsMemory open(const Settings& settings, const TlsMemory* previous, Diagnostics& diagnostics);

  // With keys, for a worker.
  std::vector<KeyedDescriptor> descriptors() const;
  // For the monitor, which fetches OCSP responses and has nothing to do with sessions.
  std::vector<KeyedDescriptor> monitorDescriptors() const;

 private:
  struct Piece {
    uint64_t bytes;
    Fd fd;
  };
  void add(const std::string& key, uint64_t bytes, Origin origin, const TlsMemory* previous, Diagnostics& diagnostics);

  std::map<std::string, Piece> pieces_;  // by the keys of shared/ipc/channel.h
};

}  // namespace weir
