// SPDX-License-Identifier: Apache-2.0
#include "worker/http/compile_context.h"

#include <string>

namespace weir {

void CompileContext::expectNamedLocation(const TemplateText& name, std::string_view directive) {
  for (const LocationSettings& location : server->locations)
    if (location.match == LocationPattern::Match::Named && "@" + location.pattern == name.text) return;
  diagnostics.error(name.origin, "\"" + std::string(directive) + "\": there is no [location " + name.text +
                                     "] in [server " + server->name + "]");
}

}  // namespace weir
