// SPDX-License-Identifier: Apache-2.0
#pragma once
// Map: a [map] as compiled: a value by the value of a template. By nginx's precedence: the text itself (letters of
// either case), with `hostnames` the longest "*.example.com" and then the longest "www.example.*", then the default.
// Maps: all of a configuration by the variable that they make; a map may use those above it.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/text/template.h"

namespace weir::text {

inline std::string lowered(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return lower;
}

template <class Source>
class Map {
 public:
  Map(const MapSettings& settings, Scope<Source>& scope, Diagnostics& diagnostics)
      : source_(Template<Source>::compile(settings.source, scope, diagnostics)),
        default_(Template<Source>::compile(settings.fallback, scope, diagnostics)) {
    for (const MapCase& line : settings.cases) addCase(line, settings, scope, diagnostics);
  }

  void append(const Source& source, std::string& to) const {
    std::string value;
    source_.append(source, value);
    find(value).append(source, to);
  }
  // As a variable of a template.
  Variable<Source> variable() const {
    static constexpr Row<Source> kRow{"map", appendMapped};
    Argument<Source> argument;
    argument.map = this;
    return {&kRow, std::move(argument)};
  }

 private:
  using Values = std::map<std::string, Template<Source>, std::less<>>;

  static void appendMapped(const Source& source, const Argument<Source>& argument, std::string& to) {
    argument.map->append(source, to);
  }
  void addCase(const MapCase& line, const MapSettings& settings, Scope<Source>& scope, Diagnostics& diagnostics);
  const Template<Source>& find(const std::string& value) const;
  // Null when no name with a star fits.
  const Template<Source>* findHost(std::string_view name) const;

  Template<Source> source_;
  Values exact_;
  Values suffixes_;  // ".example.com" of "*.example.com"
  Values prefixes_;  // "www.example." of "www.example.*"
  Template<Source> default_;
};

template <class Source>
void Map<Source>::addCase(const MapCase& line, const MapSettings& settings, Scope<Source>& scope,
                          Diagnostics& diagnostics) {
  auto value = Template<Source>::compile(line.value, scope, diagnostics);
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

template <class Source>
const Template<Source>& Map<Source>::find(const std::string& value) const {
  std::string lower = lowered(value);
  if (auto exact = exact_.find(lower); exact != exact_.end()) return exact->second;
  if (const Template<Source>* host = findHost(lower)) return *host;
  return default_;
}

// From each dot on, the longest part first.
template <class Source>
const Template<Source>* Map<Source>::findHost(std::string_view name) const {
  for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
    if (auto found = suffixes_.find(name.substr(dot)); found != suffixes_.end()) return &found->second;
  for (size_t dot = name.rfind('.'); dot != std::string_view::npos && dot > 0; dot = name.rfind('.', dot - 1))
    if (auto found = prefixes_.find(name.substr(0, dot + 1)); found != prefixes_.end()) return &found->second;
  return nullptr;
}

template <class Source>
class Maps {
 public:
  // A map may use those that were added before it.
  void add(const MapSettings& map, Scope<Source>& scope, Diagnostics& diagnostics) {
    auto compiled = std::make_unique<Map<Source>>(map, scope, diagnostics);
    if (!maps_.emplace(map.target, std::move(compiled)).second)
      diagnostics.error(map.origin, "another [map] makes $" + map.target);
  }
  // By the name of its variable; null when there is none.
  const Map<Source>* find(std::string_view name) const {
    auto found = maps_.find(name);
    return found == maps_.end() ? nullptr : found->second.get();
  }
  std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (const auto& [name, map] : maps_) names.push_back(name);
    return names;
  }

 private:
  std::map<std::string, std::unique_ptr<Map<Source>>, std::less<>> maps_;
};

}  // namespace weir::text
