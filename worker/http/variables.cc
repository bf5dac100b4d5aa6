// SPDX-License-Identifier: Apache-2.0
#include "worker/http/variables.h"

#include <array>
#include <vector>

#include "shared/config/nearest.h"
#include "worker/http/exchange.h"
#include "worker/http/variable_tables.h"

namespace weir {
namespace {

void appendGroup(const Exchange& exchange, const VariableArgument& argument, std::string& to) {
  const Captures& captures = exchange.captures().empty() ? exchange.serverCaptures() : exchange.captures();
  to.append(captures.group(argument.group));
}

void appendNamedGroup(const Exchange& exchange, const VariableArgument& argument, std::string& to) {
  std::string_view value = exchange.captures().named(argument.name);
  to.append(value.empty() ? exchange.serverCaptures().named(argument.name) : value);
}

constexpr VariableRow kGroup{"1", appendGroup, "$1 to $9: the groups of the last regex that matched"};
constexpr VariableRow kNamedGroup{"name", appendNamedGroup, "a named group of the last regex that matched"};

VariableArgument makeArgument(const VariableRow& row, std::string_view name) {
  VariableArgument argument{std::string(name)};
  if (!row.name.ends_with("http_")) return argument;
  for (char& c : argument.name) {
    if (c == '_') c = '-';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  argument.header = headerIdOf(argument.name);
  return argument;
}

// Whether name is the row's, or begins with it where the row is a prefix.
bool isNamed(const VariableRow& row, std::string_view name) {
  if (!row.isPrefix()) return row.name == name;
  return name.size() > row.name.size() && name.starts_with(row.name);
}

const VariableRow* findRow(std::string_view name) {
  for (std::span<const VariableRow> table : variableTables())
    for (const VariableRow& row : table)
      if (isNamed(row, name)) return &row;
  return nullptr;
}

bool isGroupNumber(std::string_view name) { return name.size() == 1 && name[0] >= '1' && name[0] <= '9'; }

}  // namespace

std::span<const std::span<const VariableRow>> variableTables() {
  static const std::array kTables{requestVariables(), responseVariables(), upstreamVariables(), tlsVariables()};
  return kTables;
}

std::optional<text::Variable<Exchange>> VariableScope::find(std::string_view name) {
  using Variable = text::Variable<Exchange>;
  if (isGroupNumber(name)) return Variable{&kGroup, {{}, HeaderId::Other, static_cast<size_t>(name[0] - '0')}};
  if (const VariableRow* row = findRow(name))
    return Variable{row, makeArgument(*row, row->isPrefix() ? name.substr(row->name.size()) : std::string_view())};
  if (auto mapped = maps.find(name, *this)) return mapped;
  if (groups.has(name)) return Variable{&kNamedGroup, {std::string(name)}};
  return std::nullopt;
}

bool VariableScope::isBuiltIn(std::string_view name) { return isGroupNumber(name) || findRow(name) != nullptr; }

std::string VariableScope::suggest(std::string_view name) {
  std::vector<std::string_view> known = maps.names();
  known.insert(known.end(), groups.all().begin(), groups.all().end());
  for (std::span<const VariableRow> table : variableTables())
    for (const VariableRow& row : table) known.push_back(row.name);
  std::string_view close = nearest(name, known);
  return close.empty() ? "" : "; did you mean \"$" + std::string(close) + "\"?";
}

}  // namespace weir
