// SPDX-License-Identifier: Apache-2.0
#pragma once
// The variables of an exchange that templates may use. One row each, in tables by where the value comes from; adding a
// variable is adding a row.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "worker/http/group_names.h"
#include "worker/text/variable.h"

namespace weir {

class Exchange;

using VariableArgument = text::Argument<Exchange>;
using VariableRow = text::Row<Exchange>;
using VariableNeed = text::Need;
using VariableValue = text::Value;

// All tables, in the order of the docs.
std::span<const std::span<const VariableRow>> variableTables();

// The rows of the tables, and the groups of a configuration's regexes.
class VariableScope final : public text::Scope<Exchange> {
 public:
  VariableScope() = default;
  explicit VariableScope(const std::vector<ServerSettings>& servers) : groups(servers) {}

  std::optional<text::Variable<Exchange>> find(std::string_view name) override;
  std::string suggest(std::string_view name) override;

  GroupNames groups;
};

}  // namespace weir
