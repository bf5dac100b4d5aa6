// SPDX-License-Identifier: Apache-2.0
#pragma once
// SessionScope: the variables of a stream's session that templates may use, with the maps of a configuration; used
// while that is compiled.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/stream/session_record.h"
#include "worker/text/maps.h"
#include "worker/text/template.h"

namespace weir {

using SessionTemplate = text::Template<SessionRecord>;
using SessionArgument = text::Argument<SessionRecord>;
using SessionVariableRow = text::Row<SessionRecord>;

class SessionScope final : public text::Scope<SessionRecord> {
 public:
  SessionScope(const Settings& settings, Diagnostics& diagnostics) : maps(settings.maps, diagnostics) {}

  std::optional<text::Variable<SessionRecord>> find(std::string_view name) override;
  std::string suggest(std::string_view name) override;
  // A variable of weir's own.
  static bool isBuiltIn(std::string_view name);

  text::Maps<SessionRecord> maps;  // to be kept by who keeps templates
};

// In the order of the docs.
const std::vector<SessionVariableRow>& sessionVariables();

}  // namespace weir
