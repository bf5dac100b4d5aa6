// SPDX-License-Identifier: Apache-2.0
#include "master/report.h"

#include <algorithm>
#include <cstdio>

namespace weir {
namespace {

// The first line, which is removed; lines may be empty.
std::string_view takeLine(std::string_view& lines) {
  auto line = lines.substr(0, lines.find('\n'));
  lines.remove_prefix(std::min(lines.size(), line.size() + 1));
  return line;
}

}  // namespace

void printLines(LogLevel level, std::string_view lines) {
  while (!lines.empty())
    if (auto line = takeLine(lines); !line.empty()) fmt::print(stderr, "weir: [{}] {}\n", logLevelName(level), line);
}

void logLines(LogLevel level, std::string_view lines) {
  while (log::enabled(level) && !lines.empty())
    if (auto line = takeLine(lines); !line.empty()) log::write(level, line);
}

}  // namespace weir
