// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes Settings of a Document by the table of directives: defaults first, then [http], its servers, their locations,
// each beginning as a copy of what it inherits. Remembers which section set what, and where.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "shared/config/bundle.h"

namespace weir::config {

// The lines of one section that took effect, by the row they set.
class OwnLines {
 public:
  std::span<const Origin> of(size_t row) const;
  void add(size_t row, Origin origin);
  void forget(size_t row);

 private:
  struct Row {
    size_t index;
    std::vector<Origin> origins;
  };
  std::vector<Row> rows_;
};

struct Loaded {
  struct Server {
    OwnLines lines;
    std::vector<OwnLines> locations;  // as in ServerSettings
  };
  std::unique_ptr<Settings> settings;
  OwnLines main, metrics, http;
  std::vector<Server> servers;      // as in Settings
  std::vector<OwnLines> upstreams;  // as in Settings
  std::vector<OwnLines> streams;    // as in Settings
  std::vector<OwnLines> maps;       // as in Settings
};

class FileSource;

// Reads no file: all comes from the bundle.
Loaded load(const Bundle& bundle, Diagnostics& diagnostics);
// Takes the text of every file from the source.
Loaded load(const Bundle& bundle, FileSource& source, Diagnostics& diagnostics);

}  // namespace weir::config
