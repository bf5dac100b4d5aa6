// SPDX-License-Identifier: Apache-2.0
#pragma once
// Map: a [map] as compiled: a value by the value of a template. By nginx's precedence: the text itself (letters of
// either case), with `hostnames` the longest "*.example.com" and then the longest "www.example.*", then the first
// ~pattern that matches, then the default. It is looked at anew whenever its variable is.
// Const but for the groups of the pattern that matched last, which hold while its value is made.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/text/regex.h"
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
  Map(const MapSettings& settings, Scope<Source>& scope, Diagnostics& diagnostics);
  Map(const Map&) = delete;
  Map& operator=(const Map&) = delete;

  void append(const Source& source, std::string& to) const;
  // As a variable of a template.
  Variable<Source> variable() const;
  // While a value is made: what the pattern captured.
  const Captures& captures() const { return captures_; }

 private:
  using Value = Template<Source>;
  using Values = std::map<std::string, Value, std::less<>>;
  struct Pattern {
    Regex regex;
    Value value;
  };

  void addCase(const MapCase& line, const MapSettings& settings, Scope<Source>& scope, Diagnostics& diagnostics);
  bool addName(std::string_view name, bool hostnames, Value value);
  void addPattern(const MapCase& line, Scope<Source>& scope, Diagnostics& diagnostics);
  Value keep(Value value);
  const Value& find(std::string_view value) const;
  // Null when no name with a star fits.
  const Value* findHost(std::string_view name) const;

  Value source_;
  bool hostnames_;
  Values exact_;
  Values suffixes_;  // ".example.com" of "*.example.com"
  Values prefixes_;  // "www.example." of "www.example.*"
  std::vector<Pattern> patterns_;
  Value default_;
  Need need_ = Need::None;
  mutable Captures captures_;
};

// The groups of a pattern, for the value beside it, before what the map's place knows.
template <class Source>
class CaptureScope final : public Scope<Source> {
 public:
  CaptureScope(const Map<Source>& map, const Regex& regex, Scope<Source>& outer)
      : map_(map), regex_(regex), outer_(outer) {}

  std::optional<Variable<Source>> find(std::string_view name) override {
    if (name.size() == 1 && name[0] >= '1' && name[0] <= '9') return group(static_cast<size_t>(name[0] - '0'));
    for (const Regex::Group& named : regex_.groups())
      if (named.name == name) return group(named.index);
    return outer_.find(name);
  }
  std::string suggest(std::string_view name) override { return outer_.suggest(name); }

 private:
  static void append(const Source&, const Argument<Source>& argument, std::string& to) {
    to.append(argument.map->captures().group(argument.group));
  }
  Variable<Source> group(size_t index) const {
    static constexpr Row<Source> kRow{"1", append};
    return {&kRow, {{}, HeaderId::Other, index, &map_}};
  }

  const Map<Source>& map_;
  const Regex& regex_;
  Scope<Source>& outer_;
};

template <class Source>
Map<Source>::Map(const MapSettings& settings, Scope<Source>& scope, Diagnostics& diagnostics)
    : source_(keep(Value::compile(settings.source, scope, diagnostics))),
      hostnames_(settings.hostnames),
      default_(keep(Value::compile(settings.fallback, scope, diagnostics))) {
  for (const MapCase& line : settings.cases) addCase(line, settings, scope, diagnostics);
}

template <class Source>
Template<Source> Map<Source>::keep(Value value) {
  need_ = need_ | value.need();
  return value;
}

template <class Source>
void Map<Source>::addCase(const MapCase& line, const MapSettings& settings, Scope<Source>& scope,
                          Diagnostics& diagnostics) {
  if (line.pattern.starts_with('~')) return addPattern(line, scope, diagnostics);
  if (!addName(line.pattern, settings.hostnames, keep(Value::compile(line.value, scope, diagnostics))))
    diagnostics.error(line.value.origin, "\"" + line.pattern + "\" is given twice in this map");
}

template <class Source>
bool Map<Source>::addName(std::string_view name, bool hostnames, Value value) {
  if (hostnames && name.starts_with("*.")) return suffixes_.emplace(lowered(name.substr(1)), std::move(value)).second;
  if (hostnames && name.ends_with(".*"))
    return prefixes_.emplace(lowered(name.substr(0, name.size() - 1)), std::move(value)).second;
  if (hostnames && name.size() > 1 && name.starts_with('.'))
    return exact_.emplace(lowered(name.substr(1)), value).second && suffixes_.emplace(lowered(name), value).second;
  if (name.starts_with('\\')) name.remove_prefix(1);
  return exact_.emplace(lowered(name), std::move(value)).second;
}

template <class Source>
void Map<Source>::addPattern(const MapCase& line, Scope<Source>& scope, Diagnostics& diagnostics) {
  bool any_case = line.pattern.starts_with("~*");
  auto compiled = Regex::compile(std::string_view(line.pattern).substr(any_case ? 2 : 1),
                                 any_case ? Regex::Case::Insensitive : Regex::Case::Sensitive);
  if (const auto* wrong = std::get_if<std::string>(&compiled))
    return diagnostics.error(line.value.origin, "\"" + line.pattern + "\": " + *wrong);
  auto& regex = std::get<Regex>(compiled);
  CaptureScope<Source> captures(*this, regex, scope);
  auto value = keep(Value::compile(line.value, captures, diagnostics));
  patterns_.push_back({std::move(regex), std::move(value)});
}

template <class Source>
Variable<Source> Map<Source>::variable() const {
  static constexpr Row<Source> kRow{"map", [](const Source& source, const Argument<Source>& argument, std::string& to) {
                                      argument.map->append(source, to);
                                    }};
  return {&kRow, {{}, HeaderId::Other, 0, this}, need_};
}

template <class Source>
void Map<Source>::append(const Source& source, std::string& to) const {
  std::string value;
  source_.append(source, value);
  find(value).append(source, to);
}

template <class Source>
const Template<Source>& Map<Source>::find(std::string_view value) const {
  std::string lower = lowered(value);
  if (hostnames_ && lower.ends_with('.')) lower.pop_back();
  if (auto exact = exact_.find(lower); exact != exact_.end()) return exact->second;
  if (const Value* host = findHost(lower)) return *host;
  // As in nginx there is nothing to match in an empty value. A pattern that gives up does not match.
  for (const Pattern& pattern : patterns_)
    if (!value.empty() && pattern.regex.match(value, captures_) == Regex::Outcome::Match) return pattern.value;
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

}  // namespace weir::text
