// SPDX-License-Identifier: Apache-2.0
#pragma once
// Template: a text with variables of an exchange; what it appends is made of the exchange alone.

#include "worker/http/variables.h"
#include "worker/text/template.h"

namespace weir {

using Template = text::Template<Exchange>;

}  // namespace weir
