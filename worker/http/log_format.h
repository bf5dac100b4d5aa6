// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogFormat: a log_format as compiled for exchanges.

#include "worker/http/variables.h"
#include "worker/text/line_format.h"

namespace weir {

using LogFormat = text::LineFormat<Exchange>;

}  // namespace weir
