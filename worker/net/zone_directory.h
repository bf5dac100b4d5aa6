// SPDX-License-Identifier: Apache-2.0
#pragma once
// ZoneDirectory: the zones of limit_conn that this worker has mapped, by name. What a configuration that is being
// compiled may use is put there first; a zone that went on over the reload is the same object.

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "shared/base/log.h"
#include "shared/ipc/count_zone.h"

namespace weir {

class ZoneDirectory {
 public:
  explicit ZoneDirectory(unsigned worker) : worker_(worker) {}

  // In whose name it counts.
  unsigned worker() const { return worker_; }

  // A zone of the configuration that is about to be compiled.
  void offer(const std::string& name, const Fd& fd) {
    auto mapped = CountZone::map(fd);
    if (!mapped) return log::line(LogLevel::Alert, "limit_conn_zone {}: {}", name, mapped.error().message());
    auto known = zones_.find(name);
    bool same = known != zones_.end() && known->second->identity() == (*mapped)->identity();
    offered_[name] = same ? known->second : std::move(mapped).value();
  }
  // Of those offered; null when it did not come.
  Ref<CountZone> find(const std::string& name) const {
    auto found = offered_.find(name);
    return found == offered_.end() ? Ref<CountZone>() : found->second;
  }
  // What was offered takes the place of what was there; or nothing came of it.
  void commit() { zones_ = std::exchange(offered_, {}); }
  void abandon() { offered_.clear(); }

 private:
  using Zones = std::map<std::string, Ref<CountZone>>;

  unsigned worker_;
  Zones zones_;
  Zones offered_;
};

}  // namespace weir
