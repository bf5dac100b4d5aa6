// SPDX-License-Identifier: Apache-2.0
#pragma once
// One-liners: commands that need no file, `weir file-server --root DIR`. Each is made into the configuration that it
// stands for, which is then served as one from a file would be.

#include <getopt.h>

#include <functional>
#include <string>
#include <string_view>

#include "master/options.h"
#include "shared/base/result.h"

namespace weir {

bool isOneLiner(std::string_view word);

// words: the command's name first. Looks at the folders that they name.
Result<Options> parseOneLiner(int count, char** words);

// What --help says. REQUIRES: isOneLiner(name)
const char* oneLinerUsage(std::string_view name);

// Each in a file of its own, one_liner_*.cc.
struct OneLiner {
  std::string_view name;
  const char* usage;
  // Fills in config_text and greeting, or asks for help.
  Result<Options> (*parse)(int count, char** words);
};
extern const OneLiner kFileServerLiner;
extern const OneLiner kReverseProxyLiner;
extern const OneLiner kStreamLiner;

// Takes the words apart: each option, by its letter and its value ("" without), and each other word by 0.
Result<void> readWords(int count, char** words, const option* options,
                       const std::function<Result<void>(int letter, const char* value)>& take);

}  // namespace weir
