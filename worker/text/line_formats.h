// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineFormats: the log_formats of a configuration while it is compiled, each made once however many places log by it.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "worker/text/line_format.h"

namespace weir::text {

template <class Source>
class LineFormats {
 public:
  // Keeps the references.
  LineFormats(const std::vector<LogFormatSetting>& settings, Scope<Source>& scope, Diagnostics& diagnostics)
      : settings_(settings), scope_(scope), diagnostics_(diagnostics) {}

  // Null for a name that none has.
  Ref<const LineFormat<Source>> find(const std::string& name) {
    auto& format = made_[name];
    if (format) return format;
    auto named = [&](const LogFormatSetting& each) { return each.name == name; };
    auto setting = std::find_if(settings_.begin(), settings_.end(), named);
    if (setting != settings_.end()) format = makeRef<const LineFormat<Source>>(*setting, scope_, diagnostics_);
    return format;
  }

  // What they are compiled with.
  Scope<Source>& scope() { return scope_; }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  const std::vector<LogFormatSetting>& settings_;
  Scope<Source>& scope_;
  Diagnostics& diagnostics_;
  std::map<std::string, Ref<const LineFormat<Source>>> made_;
};

}  // namespace weir::text
