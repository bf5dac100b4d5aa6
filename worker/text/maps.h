// SPDX-License-Identifier: Apache-2.0
#pragma once
// Maps: the [map]s of a configuration by the variable that they make, for one language of templates. Each is compiled
// when a template first names it: one that speaks of exchanges is of no use to a stream, and no mistake either. They
// may use each other in any order, but not lead back to themselves. Owned by a Runtime: its templates point here.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "worker/text/map.h"

namespace weir::text {

template <class Source>
class Maps {
 public:
  Maps() = default;
  // settings and diagnostics are used by find() only.
  Maps(const std::vector<MapSettings>& settings, Diagnostics& diagnostics) : diagnostics_(&diagnostics) {
    for (const MapSettings& map : settings)
      if (!settings_.emplace(map.target, &map).second)
        diagnostics.error(map.origin, "another [map] makes $" + map.target);
  }

  // By the name of its variable; nothing when there is none. REQUIRES: while the configuration is compiled
  std::optional<Variable<Source>> find(std::string_view name, Scope<Source>& scope) {
    if (auto made = made_.find(name); made != made_.end()) return made->second->variable();
    auto setting = settings_.find(name);
    if (setting == settings_.end()) return std::nullopt;
    const MapSettings& map = *setting->second;
    if (!being_made_.insert(map.target).second) {
      diagnostics_->error(map.origin, "the [map] of $" + map.target + " leads back to itself");
      return std::nullopt;
    }
    auto compiled = std::make_unique<Map<Source>>(map, scope, *diagnostics_);
    being_made_.erase(map.target);
    return made_.emplace(map.target, std::move(compiled)).first->second->variable();
  }
  // Where find() reports from now on.
  void reportTo(Diagnostics& diagnostics) { diagnostics_ = &diagnostics; }
  bool uses(const std::string& name) const { return made_.contains(name); }
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (const auto& [name, map] : settings_) names.push_back(name);
    return names;
  }

 private:
  Diagnostics* diagnostics_ = nullptr;
  std::map<std::string, const MapSettings*, std::less<>> settings_;
  std::map<std::string, std::unique_ptr<Map<Source>>, std::less<>> made_;
  std::set<std::string> being_made_;
};

}  // namespace weir::text
