// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/configuration.md, written from the tables of sections and directives.

#include <string>
#include <string_view>

namespace weir {

// variables: Markdown for the section on variables, from whoever has their table.
std::string configurationReference(std::string_view variables = {});

}  // namespace weir
