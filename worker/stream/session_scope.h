// SPDX-License-Identifier: Apache-2.0
#pragma once
// SessionScope: the variables of a stream's session that templates may use, with the maps of a configuration. Part of
// a Runtime: templates use its maps.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/stream/session_record.h"
#include "worker/text/map.h"
#include "worker/text/template.h"

namespace weir {

using SessionTemplate = text::Template<SessionRecord>;
using SessionArgument = text::Argument<SessionRecord>;
using SessionVariableRow = text::Row<SessionRecord>;

class SessionScope final : public text::Scope<SessionRecord> {
 public:
  SessionScope(const Settings& settings, Diagnostics& diagnostics) {
    for (const MapSettings& map : settings.maps) maps_.add(map, *this, diagnostics);
  }

  std::optional<text::Variable<SessionRecord>> find(std::string_view name) override;
  std::string suggest(std::string_view name) override;

 private:
  text::Maps<SessionRecord> maps_;
};

// In the order of the docs.
const std::vector<SessionVariableRow>& sessionVariables();

}  // namespace weir
