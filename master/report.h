// SPDX-License-Identifier: Apache-2.0
#pragma once
// Diagnostics for people: each line of a text as a message of its own, on the terminal or in the error log.

#include <string_view>

#include "shared/base/log.h"

namespace weir {

// On stderr, as nginx words them: "weir: [emerg] conf/weir.ini:3: ...".
void printLines(LogLevel level, std::string_view lines);
void logLines(LogLevel level, std::string_view lines);

}  // namespace weir
