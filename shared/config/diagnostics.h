// SPDX-License-Identifier: Apache-2.0
#pragma once
// Diagnostics collects everything that is wrong with a configuration, so that one run reports it all.
// Used while a configuration is loaded and compiled; a value that lives no longer than that.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir {

// Where a directive was written. file is what Diagnostics::addFile() gave, 0 for "nowhere" (a default); line counts
// from 1, 0 means the file as a whole (or -g on the command line, which counts as a file).
struct Origin {
  uint32_t file = 0;
  uint32_t line = 0;

  bool operator==(const Origin&) const = default;
};

enum class Severity : uint8_t { Warning, Error };

struct Diagnostic {
  Severity severity;
  Origin origin;
  std::string message;
};

class Diagnostics {
 public:
  // Past this many the rest is only counted: a hostile file must not fill the memory.
  static constexpr size_t kMaxKept = 1000;

  Diagnostics();

  // Names a file; returns its index for Origin::file, never 0. The same name gives the same index.
  uint32_t addFile(std::string_view name);
  std::string_view fileName(uint32_t file) const;

  // What was already said of the same place is not said again.
  void error(Origin origin, std::string message);
  void warning(Origin origin, std::string message);

  bool hasErrors() const { return errors_ > 0; }
  size_t errorCount() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return kept_; }

  // "conf/weir.ini:12", "conf/weir.ini", or "default" for no place.
  std::string place(Origin origin) const;
  // "conf/weir.ini:12: unknown directive ..."; warnings carry "warning: " after the place. No newline.
  std::string format(const Diagnostic& diagnostic) const;
  // Every one on a line of its own in the order of the files, then how many were left out, if any.
  std::string formatAll() const;

 private:
  void add(Severity severity, Origin origin, std::string message);

  std::vector<std::string> files_;
  std::map<std::string, uint32_t, std::less<>> index_;
  std::vector<Diagnostic> kept_;
  size_t errors_ = 0;
  size_t dropped_ = 0;
};

}  // namespace weir
