// SPDX-License-Identifier: Apache-2.0
#include "worker/http/group_names.h"

#include <algorithm>
#include <variant>

namespace weir {

GroupNames::GroupNames(const std::vector<ServerSettings>& servers) {
  for (const ServerSettings& server : servers) {
    for (const std::string& name : server.server_name)
      if (name.starts_with('~')) addPattern(std::string_view(name).substr(1));
    for (const LocationSettings& location : server.locations)
      if (location.match == LocationSettings::Match::Regex || location.match == LocationSettings::Match::RegexNoCase)
        addPattern(location.pattern);
  }
}

void GroupNames::addPattern(std::string_view pattern) {
  // Nearly all patterns have no named group: they need not be compiled once more to know that.
  if (pattern.find("(?") == std::string_view::npos) return;
  auto compiled = Regex::compile(pattern, Regex::Case::Sensitive);
  if (const Regex* regex = std::get_if<Regex>(&compiled)) add(*regex);
}

void GroupNames::add(const Regex& regex) {
  for (const Regex::Group& group : regex.groups())
    if (!has(group.name)) names_.push_back(group.name);
}

bool GroupNames::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

}  // namespace weir
