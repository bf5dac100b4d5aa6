// SPDX-License-Identifier: Apache-2.0
#pragma once
// SessionMap: a [map] as compiled for streams: a value by the value of a template. By nginx's precedence: the text
// itself (letters of either case), with `hostnames` the longest "*.example.com" and then the longest "www.example.*",
// then the first pattern that matches, then the default. SessionMaps: all of a configuration by the variable that they
// make; a map may use those above it.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/stream/session_template.h"

namespace weir {

class SessionMap {
 public:
  SessionMap(const MapSettings& settings, const SessionMaps& maps, Diagnostics& diagnostics);

  void append(const SessionRecord& record, std::string& to) const;

 private:
  void addCase(const MapCase& line, const MapSettings& settings, const SessionMaps& maps, Diagnostics& diagnostics);
  const SessionTemplate& find(const std::string& value) const;
  // Null when no name with a star fits.
  const SessionTemplate* findHost(std::string_view name) const;

  SessionTemplate source_;
  std::map<std::string, SessionTemplate, std::less<>> exact_;
  std::map<std::string, SessionTemplate, std::less<>> suffixes_;  // ".example.com" of "*.example.com"
  std::map<std::string, SessionTemplate, std::less<>> prefixes_;  // "www.example." of "www.example.*"
  SessionTemplate default_;
};

class SessionMaps {
 public:
  SessionMaps(const Settings& settings, Diagnostics& diagnostics);
  // By the name of its variable; null when there is none.
  const SessionMap* find(std::string_view name) const;
  std::vector<std::string_view> names() const;

 private:
  std::map<std::string, std::unique_ptr<SessionMap>, std::less<>> maps_;
};

}  // namespace weir
