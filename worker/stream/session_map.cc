// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/session_map.h"

namespace weir {
namespace {

std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return lower;
}

}  // namespace

SessionMap::SessionMap(const MapSettings& settings, const SessionMaps& maps, Diagnostics& diagnostics)
    : source_(SessionTemplate::compile(settings.source, maps, diagnostics)),
      default_(SessionTemplate::compile(settings.fallback, maps, diagnostics)) {
  for (const MapCase& line : settings.cases) addCase(line, settings, maps, diagnostics);
}

void SessionMap::addCase(const MapCase& line, const MapSettings& settings, const SessionMaps& maps,
                         Diagnostics& diagnostics) {
  auto value = SessionTemplate::compile(line.value, maps, diagnostics);
  std::string_view pattern = line.pattern;
  if (pattern.starts_with('~'))
    return diagnostics.error(line.value.origin, "\"" + line.pattern + "\": patterns are not supported in this version");
  bool added = false;
  if (settings.hostnames && pattern.starts_with("*."))
    added = suffixes_.emplace(lowered(pattern.substr(1)), std::move(value)).second;
  else if (settings.hostnames && pattern.ends_with(".*"))
    added = prefixes_.emplace(lowered(pattern.substr(0, pattern.size() - 1)), std::move(value)).second;
  else
    added = exact_.emplace(lowered(pattern.starts_with('\\') ? pattern.substr(1) : pattern), std::move(value)).second;
  if (!added) diagnostics.error(line.value.origin, "\"" + line.pattern + "\" is given twice in this map");
}

void SessionMap::append(const SessionRecord& record, std::string& to) const {
  std::string value;
  source_.append(record, value);
  find(value).append(record, to);
}

const SessionTemplate& SessionMap::find(const std::string& value) const {
  std::string lower = lowered(value);
  if (auto exact = exact_.find(lower); exact != exact_.end()) return exact->second;
  if (const SessionTemplate* host = findHost(lower)) return *host;
  return default_;
}

// From each dot on, the longest part first.
const SessionTemplate* SessionMap::findHost(std::string_view name) const {
  for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
    if (auto found = suffixes_.find(name.substr(dot)); found != suffixes_.end()) return &found->second;
  for (size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0; dot = name.rfind('.', dot - 1))
    if (auto found = prefixes_.find(name.substr(0, dot + 1)); found != prefixes_.end()) return &found->second;
  return nullptr;
}

SessionMaps::SessionMaps(const Settings& settings, Diagnostics& diagnostics) {
  for (const MapSettings& map : settings.maps) {
    auto compiled = std::make_unique<SessionMap>(map, *this, diagnostics);
    if (!maps_.emplace(map.target, std::move(compiled)).second)
      diagnostics.error(map.origin, "another [map] makes $" + map.target);
  }
}

const SessionMap* SessionMaps::find(std::string_view name) const {
  auto found = maps_.find(name);
  return found == maps_.end() ? nullptr : found->second.get();
}

std::vector<std::string_view> SessionMaps::names() const {
  std::vector<std::string_view> names;
  for (const auto& [name, map] : maps_) names.push_back(name);
  return names;
}

}  // namespace weir
