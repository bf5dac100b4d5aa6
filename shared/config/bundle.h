// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bundle: all that a configuration consists of, read once by the master while it is privileged, handed to every child
// as bytes. Whoever has the bundle needs no file: parsing it again, in the same environment, gives the same Settings.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/result.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"

namespace weir {

struct Bundle {
  struct File {
    std::string path;  // absolute
    std::string text;
    std::string error;  // why it could not be read; empty when it was
  };
  struct Glob {
    std::string pattern;             // absolute
    std::vector<std::string> paths;  // what it matched when the bundle was made, sorted
  };

  std::string prefix;                  // absolute, ends in '/'
  std::string main_path;               // absolute
  std::vector<std::string> overrides;  // -g arguments
  uint64_t generation = 0;
  bool as_root = false;  // whether the master began as root, on which some defaults depend
  std::vector<File> files;
  std::vector<Glob> globs;

  std::string serialize() const;
  // nullopt when the bytes are no bundle; every length is checked.
  static std::optional<Bundle> deserialize(std::string_view bytes);
};

struct Configuration {
  Bundle bundle;
  // Always there, so that later checks can report too; to be used only when the diagnostics have no errors.
  std::unique_ptr<Settings> settings;
};

// Reads the main file (relative to the prefix, as every path), everything it includes and the files that values name;
// parses and checks it.
Configuration readConfiguration(const std::string& main_path, const std::string& prefix,
                                std::vector<std::string> overrides, Diagnostics& diagnostics);

// The same of a text that is in no file; name stands for the file's in diagnostics.
Configuration textConfiguration(const std::string& name, const std::string& text, const std::string& prefix,
                                Diagnostics& diagnostics);

// Parses and checks a bundle: Settings as in Configuration.
std::unique_ptr<Settings> parseBundle(const Bundle& bundle, Diagnostics& diagnostics);

// The effective configuration as text (-T), itself a configuration that gives the same Settings. A comment says where
// the lines below it came from: a file and line, "-g", or "default". What [http] shows as default is not repeated in
// servers and locations.
std::string explainBundle(const Bundle& bundle, Diagnostics& diagnostics);

}  // namespace weir
