// SPDX-License-Identifier: Apache-2.0
#pragma once
// Document: the sections of a configuration with their lines, includes and the environment already put in, values not
// yet looked at. FileSource is where its text comes from, so that reading it again needs no disk.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/bundle.h"
#include "shared/config/directive.h"

namespace weir::config {

struct Entry {
  std::string name;
  std::string value;
  Origin origin;
};

struct Section {
  const SectionRow* row = nullptr;  // null: of an unknown kind, which has been reported
  std::string label;
  Origin origin;
  std::optional<size_t> server;  // of a location: the index of the section it belongs to
  std::vector<Entry> entries;
};

struct Document {
  std::vector<Section> sections;
};

class FileSource {
 public:
  virtual ~FileSource() = default;
  // The reference holds for the life of the source.
  virtual const Bundle::File& file(const std::string& path) = 0;
  virtual std::vector<std::string> glob(const std::string& pattern) = 0;
};

inline constexpr size_t kMaxLabel = 49;
inline constexpr size_t kMaxIncludeDepth = 32;
inline constexpr size_t kMaxIncludes = 100'000;
inline constexpr size_t kMaxText = 64 << 20;  // bytes of all files, counted as often as they are included

// After an include the including file goes on in the section, and for locations in the server, that it was in.
Document readDocument(FileSource& source, const std::string& main_path, const std::string& prefix,
                      Diagnostics& diagnostics);

}  // namespace weir::config
