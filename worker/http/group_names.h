// SPDX-License-Identifier: Apache-2.0
#pragma once
// GroupNames: the named groups of every regex in a configuration, `~` server names and locations: $name in a template
// may mean one of them. Used while a configuration is compiled.

#include <string>
#include <string_view>
#include <vector>

#include "shared/config/settings.h"
#include "worker/text/regex.h"

namespace weir {

class GroupNames {
 public:
  GroupNames() = default;
  // Regexes that do not compile are left out: whoever needs them reports them.
  explicit GroupNames(const std::vector<ServerSettings>& servers);

  void add(const Regex& regex);
  bool has(std::string_view name) const;
  const std::vector<std::string>& all() const { return names_; }

 private:
  void addPattern(std::string_view pattern);

  std::vector<std::string> names_;
};

}  // namespace weir
