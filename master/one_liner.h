// SPDX-License-Identifier: Apache-2.0
#pragma once
// One-liners: commands that need no file, `weir file-server --root DIR`. Each is made into the configuration that it
// stands for, which is then served as one from a file would be.

#include <string_view>

#include "master/options.h"
#include "shared/base/result.h"

namespace weir {

bool isOneLiner(std::string_view word);

// words: the command's name first. Looks at the folders that they name.
Result<Options> parseOneLiner(int count, char** words);

extern const char* const kOneLinerUsage;

}  // namespace weir
