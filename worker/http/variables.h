// SPDX-License-Identifier: Apache-2.0
#pragma once
// The variables of an exchange that templates may use. One row each, in tables by where the value comes from; adding a
// variable is adding a row.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "worker/http/group_names.h"
#include "worker/text/maps.h"
#include "worker/text/variable.h"

namespace weir {

class Exchange;

using VariableArgument = text::Argument<Exchange>;
using VariableRow = text::Row<Exchange>;
using VariableNeed = text::Need;
using VariableValue = text::Value;

// All tables, in the order of the docs.
std::span<const std::span<const VariableRow>> variableTables();

// The rows of the tables, the groups of a configuration's regexes, and its maps; used while it is compiled.
class VariableScope final : public text::Scope<Exchange> {
 public:
  VariableScope() = default;
  VariableScope(const Settings& settings, Diagnostics& diagnostics)
      : groups(settings.servers), maps(settings.maps, diagnostics) {}

  std::optional<text::Variable<Exchange>> find(std::string_view name) override;
  std::string suggest(std::string_view name) override;

  // A variable of weir's own.
  static bool isBuiltIn(std::string_view name);

  GroupNames groups;
  text::Maps<Exchange> maps;  // to be kept by who keeps templates
};

}  // namespace weir
