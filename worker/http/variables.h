// SPDX-License-Identifier: Apache-2.0
#pragma once
// The variables that templates may use. One row each, in three tables by where the value comes from; adding a
// variable is adding a row. Rows are found by name once, while a configuration is compiled; on traffic there is only
// the row's function.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "worker/codec/header_id.h"
#include "worker/http/group_names.h"

namespace weir {

class Exchange;

// What follows the name of a row that is a prefix: $http_NAME, $arg_NAME; or what a capture is called.
struct VariableArgument {
  std::string name;  // of a header: in lower case with hyphens
  HeaderId header = HeaderId::Other;
  size_t group = 0;
};

// Appends the value, nothing when there is none. Must be callable at any time of an exchange, refused ones included.
using AppendVariable = void (*)(const Exchange& exchange, const VariableArgument& argument, std::string& to);

// What an exchange has to keep because a variable will ask for it.
enum class VariableNeed : uint8_t { None, SentFields, UpstreamFields };

// Plain: never empty, and never anything but printable ASCII without quotes and backslashes: no log has to escape it.
enum class VariableValue : uint8_t { Any, Plain };

struct VariableRow {
  std::string_view name;  // one that ends in '_' is a prefix
  AppendVariable append;
  std::string_view text;  // for the docs
  VariableNeed need = VariableNeed::None;
  VariableValue value = VariableValue::Any;

  bool isPrefix() const { return name.ends_with('_'); }
};

struct Variable {
  const VariableRow* row;
  VariableArgument argument;
};

// All tables, in the order of the docs.
std::span<const std::span<const VariableRow>> variableTables();

// name: without the dollar sign. nullopt when there is no such variable.
std::optional<Variable> findVariable(std::string_view name, const GroupNames& groups);
// "; did you mean "$X"?", or nothing.
std::string suggestVariable(std::string_view name, const GroupNames& groups);

}  // namespace weir
