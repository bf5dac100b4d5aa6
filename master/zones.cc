// SPDX-License-Identifier: Apache-2.0
#include "master/zones.h"

#include <fcntl.h>

#include <utility>

namespace weir {

Zones Zones::open(const Settings& settings, const Zones* previous, Diagnostics& diagnostics) {
  Zones zones;
  for (const LimitConnZoneSetting& setting : settings.limit_conn_zones) {
    auto zone = make(setting, previous);
    if (!zone)
      diagnostics.error(setting.key.origin, "limit_conn_zone " + setting.name + ": " + zone.error().message());
    else
      zones.zones_.emplace(setting.name, std::move(zone).value());
  }
  return zones;
}

Result<Zones::Zone> Zones::make(const LimitConnZoneSetting& setting, const Zones* previous) {
  Zone zone{setting.key.text, setting.size.bytes, Fd(), {}};
  if (previous != nullptr) {
    auto known = previous->zones_.find(setting.name);
    if (known != previous->zones_.end() && known->second.key == zone.key && known->second.size == zone.size) {
      zone.fd = Fd(::fcntl(known->second.fd.get(), F_DUPFD_CLOEXEC, 0));
      zone.counts = known->second.counts;
      if (!zone.fd) return systemError("duplicate a descriptor");
      return zone;
    }
  }
  auto fd = CountZone::create(zone.size);
  if (!fd) return fd.error();
  auto counts = CountZone::map(*fd);
  if (!counts) return counts.error();
  zone.fd = std::move(fd).value();
  zone.counts = std::move(counts).value();
  return zone;
}

std::vector<KeyedDescriptor> Zones::descriptors() const {
  std::vector<KeyedDescriptor> all;
  for (const auto& [name, zone] : zones_) all.push_back({"zone:" + name, zone.fd.get()});
  return all;
}

void Zones::forget(unsigned worker) {
  for (auto& [name, zone] : zones_) zone.counts->forget(worker);
}

}  // namespace weir
