// SPDX-License-Identifier: Apache-2.0
#pragma once
// Zones: the shared memory of a generation's limit_conn_zone lines. One whose name, key and size were in the previous
// generation goes on with its counts (S-5). Owned by the Generation.

#include <map>
#include <string>
#include <vector>

#include "master/offer.h"
#include "shared/base/fd.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "shared/ipc/count_zone.h"

namespace weir {

class Zones {
 public:
  static Zones open(const Settings& settings, const Zones* previous, Diagnostics& diagnostics);

  // With keys for a worker.
  std::vector<KeyedDescriptor> descriptors() const;
  // Gives back what a worker held that is no more.
  void forget(unsigned worker);

 private:
  struct Zone {
    std::string key;
    uint64_t size = 0;
    Fd fd;
    Ref<CountZone> counts;
  };
  static Result<Zone> make(const LimitConnZoneSetting& setting, const Zones* previous);

  std::map<std::string, Zone> zones_;  // by name
};

}  // namespace weir
