// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options: the command line, with nginx's letters, and the paths that follow from it.

#include <string>
#include <vector>

#include "shared/base/result.h"

namespace weir {

enum class Action : uint8_t { Serve, Test, Dump, Command, Version, Build, Help };

struct Options {
  Action action = Action::Serve;
  bool quiet = false;                    // -q: only errors
  std::string prefix;                    // -p; after resolve() absolute, ends in '/'
  std::string config = "conf/weir.ini";  // -c; after resolve() absolute
  std::string error_log;                 // -e; empty: none. After resolve() absolute, or "stderr"
  std::string command;                   // -s
  std::vector<std::string> overrides;    // -g
  std::string one_liner;                 // the command that stands in for a file, such as file-server; empty: none
  std::string config_text;               // and the configuration it stands for
  std::string greeting;                  // printed before it serves
};

// Of the words alone; nothing is looked up. An error says what is wrong with them.
Result<Options> parseOptions(int argc, char** argv);

// Where weir was started from.
struct Surroundings {
  std::string binary;  // absolute path of the executable
  std::string folder;  // the current one, absolute
  static Surroundings current();
};

// Completes the paths: the prefix is -p, else the folder of the installation (the binary is in its bin/ or sbin/, and
// it has a conf/weir.ini), else the current folder; other paths are relative to it.
void resolvePaths(Options& options, const Surroundings& where);

extern const char* const kUsage;

}  // namespace weir
