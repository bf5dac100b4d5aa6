// SPDX-License-Identifier: Apache-2.0
// Writes a reference page to stdout: reference configuration | metrics. `make docs` keeps docs/ in step with it.

#include <cstdio>
#include <string>
#include <string_view>

#include "shared/config/reference.h"
#include "shared/stats/metrics_reference.h"
#include "worker/http/variables.h"
#include "worker/stream/session_scope.h"

namespace {

// One row a variable, in the order of their tables.
std::string variables() {
  std::string rows =
      "nginx's names. A value that takes variables and holds one that does not exist is an error that says which is\n"
      "nearest. Patterns of `[location]` and `server_name` capture as `$1` to `$9` and by name.\n\n"
      "| variable | value |\n|---|---|\n";
  for (auto table : weir::variableTables())
    for (const auto& row : table) {
      std::string name = row.isPrefix() ? std::string(row.name) + "NAME" : std::string(row.name);
      rows += "| `$" + name + "` | " + std::string(row.text) + " |\n";
    }
  rows +=
      "\nOf streams, beside those that a `[map]` makes:\n\n"
      "| variable | value |\n|---|---|\n";
  for (const auto& row : weir::sessionVariables())
    rows += "| `$" + std::string(row.name) + "` | " + std::string(row.text) + " |\n";
  return rows;
}

std::string page(std::string_view name) {
  if (name == "configuration") return weir::configurationReference(variables());
  if (name == "metrics") return weir::metricsReference();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::string text = page(argc == 2 ? argv[1] : "");
  if (text.empty()) {
    std::fputs("usage: reference configuration|metrics\n", stderr);
    return 1;
  }
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
