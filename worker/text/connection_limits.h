// SPDX-License-Identifier: Apache-2.0
#pragma once
// ConnectionLimits: the limit_conn of one place in the configuration, for exchanges and sessions alike. Const.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/log.h"
#include "shared/config/settings.h"
#include "shared/stats/segment.h"
#include "shared/stats/slot.h"
#include "worker/net/limit_holds.h"
#include "worker/net/zone_directory.h"
#include "worker/text/template.h"

namespace weir::text {

// What a section says of them.
struct LimitRules {
  const std::vector<LimitConnSetting>& limits;
  LogLevel level;
  bool dry_run;
};

template <class Source>
class ConnectionLimits {
 public:
  // zones, segment: null in a check.
  ConnectionLimits(const LimitRules& rules, const std::vector<LimitConnZoneSetting>& zones, Scope<Source>& scope,
                   Diagnostics& diagnostics, const ZoneDirectory* directory, Segment* segment)
      : level_(rules.level), dry_run_(rules.dry_run), directory_(directory) {
    for (const LimitConnSetting& limit : rules.limits) {
      auto named = [&](const LimitConnZoneSetting& zone) { return zone.name == limit.zone; };
      auto zone = std::find_if(zones.begin(), zones.end(), named);
      // An unknown one is an error already (shared/config/checks.cc).
      if (zone != zones.end()) add(limit, Template<Source>::compile(zone->key, scope, diagnostics), segment);
    }
  }

  bool empty() const { return limits_.empty(); }
  // Takes one of each limit for the holds, or none at all. False: the source is to be turned away.
  // client: for the log.
  bool admit(const Source& source, std::string_view client, LimitHolds& holds) const {
    holds.outcome = LimitOutcome::Passed;
    for (const Limit& limit : limits_)
      if (!take(limit, source, client, holds)) return holds.outcome != LimitOutcome::Rejected;
    for (const Limit& limit : limits_) stats::add(limit.passed);
    return true;
  }

 private:
  struct Limit {
    std::string name;
    Ref<CountZone> zone;
    Template<Source> key;
    uint32_t number;
    CellIndex passed = 0;
    CellIndex rejected = 0;
    CellIndex zone_full = 0;
  };

  void add(const LimitConnSetting& setting, Template<Source> key, Segment* segment) {
    Limit limit{setting.zone, {}, std::move(key), setting.number};
    if (directory_ != nullptr) limit.zone = directory_->find(setting.zone);
    if (segment != nullptr) {
      auto cell = [&](const char* result) { return segment->series(Metric::LimitConnTotal, {setting.zone, result}); };
      limit.passed = cell("passed");
      limit.rejected = cell(dry_run_ ? "dry_run" : "rejected");
      limit.zone_full = cell(dry_run_ ? "dry_run" : "zone_full");
    }
    limits_.push_back(std::move(limit));
  }

  bool take(const Limit& limit, const Source& source, std::string_view client, LimitHolds& holds) const {
    key_.clear();
    limit.key.append(source, key_);
    if (key_.empty() || !limit.zone) return true;
    auto taken = limit.zone->take(key_, directory_->worker(), limit.number);
    if (taken.outcome == CountZone::Outcome::Held) return holds.add(limit.zone, *taken.cell), true;
    bool full = taken.outcome == CountZone::Outcome::NoRoom;
    stats::add(full ? limit.zone_full : limit.rejected);
    holds.release();
    holds.outcome = dry_run_ ? LimitOutcome::RejectedDryRun : LimitOutcome::Rejected;
    if (log::enabled(level_))
      log::line(level_, "limiting connections{} by zone \"{}\"{}, client: {}", dry_run_ ? ", dry run," : "", limit.name,
                full ? ", which is full" : "", client);
    return false;
  }

  LogLevel level_;
  bool dry_run_;
  const ZoneDirectory* directory_;
  std::vector<Limit> limits_;
  mutable std::string key_;
};

}  // namespace weir::text
