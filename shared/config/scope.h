// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scope: one section being filled, the structs that its directives go to and the lines that it has set so far.
// A view; lives while the section is read.

#include <array>

#include "shared/config/document.h"
#include "shared/config/loader.h"

namespace weir::config {

struct Scope {
  Context context;
  OwnLines& lines;
  std::array<void*, static_cast<size_t>(Owner::kCount)> owners{};  // by Owner

  void* owner(const Directive& directive) const { return owners[static_cast<size_t>(directive.field.owner)]; }
};

Scope scopeOf(MainSettings& main, OwnLines& lines);
Scope scopeOf(MetricsSettings& metrics, OwnLines& lines);
Scope scopeOf(Settings& settings, OwnLines& lines);  // [http]
Scope scopeOf(ServerSettings& server, OwnLines& lines);
Scope scopeOf(LocationSettings& location, OwnLines& lines);
Scope scopeOf(UpstreamSettings& upstream, OwnLines& lines);
Scope scopeOf(StreamSettings& stream, OwnLines& lines);
Scope scopeOf(MapSettings& map, OwnLines& lines);

// Gives every directive of the context its default.
void applyDefaults(const Scope& scope, const LoadContext& load);
// Does what one line says, or reports why not.
void applyEntry(const Scope& scope, const Entry& entry, const LoadContext& load);
// As applyEntry(), instead of what the section had of this directive before.
void overrideEntry(const Scope& scope, const Entry& entry, const LoadContext& load);

}  // namespace weir::config
