// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/session_scope.h"

#include <algorithm>

#include "shared/config/nearest.h"

namespace weir {
namespace {

const SessionVariableRow* findRow(std::string_view name) {
  const auto& rows = sessionVariables();
  auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.name == name; });
  return row == rows.end() ? nullptr : &*row;
}

}  // namespace

bool SessionScope::isBuiltIn(std::string_view name) { return findRow(name) != nullptr; }

std::optional<text::Variable<SessionRecord>> SessionScope::find(std::string_view name) {
  if (const SessionVariableRow* row = findRow(name)) return text::Variable<SessionRecord>{row, {}};
  return maps.find(name, *this);
}

std::string SessionScope::suggest(std::string_view name) {
  std::vector<std::string_view> known = maps.names();
  for (const SessionVariableRow& row : sessionVariables()) known.push_back(row.name);
  std::string_view close = nearest(name, known);
  return close.empty() ? "" : "; did you mean \"$" + std::string(close) + "\"?";
}

}  // namespace weir
