// SPDX-License-Identifier: Apache-2.0
#pragma once
// A text with $variables cut at them: what a template of any language is compiled from. `$name` and `${name}` are
// variables, `$1` to `$9` are one digit long. There is no escape: as in nginx, a dollar sign itself cannot be written.

#include <string>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"

namespace weir {

// A literal, and the variable behind it; only the last part may lack one.
struct TemplatePart {
  std::string literal;
  std::string variable;  // without the dollar sign
};

// What is wrong is reported at the text's origin, and left out.
std::vector<TemplatePart> splitTemplate(const TemplateText& text, Diagnostics& diagnostics);

}  // namespace weir
