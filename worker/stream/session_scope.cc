// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/session_scope.h"

#include <algorithm>

#include "shared/config/nearest.h"

namespace weir {

std::optional<text::Variable<SessionRecord>> SessionScope::find(std::string_view name) {
  const auto& rows = sessionVariables();
  auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.name == name; });
  if (row != rows.end()) return text::Variable<SessionRecord>{&*row, {}};
  if (const auto* map = maps_.find(name)) return map->variable();
  return std::nullopt;
}

std::string SessionScope::suggest(std::string_view name) {
  std::vector<std::string_view> known = maps_.names();
  for (const SessionVariableRow& row : sessionVariables()) known.push_back(row.name);
  std::string_view close = nearest(name, known);
  return close.empty() ? "" : "; did you mean \"$" + std::string(close) + "\"?";
}

}  // namespace weir
