// SPDX-License-Identifier: Apache-2.0
#include "master/inspect.h"

#include <fmt/core.h>
#include <gnu/libc-version.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "master/generation.h"
#include "shared/base/version.h"

namespace weir {
namespace {

void printLines(std::string_view level, std::string_view lines) {
  while (!lines.empty()) {
    auto line = lines.substr(0, lines.find('\n'));
    fmt::print(stderr, "weir: [{}] {}\n", level, line);
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
  }
}

void print(const Diagnostics& diagnostics, bool quiet) {
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    bool is_error = diagnostic.severity == Severity::Error;
    if (is_error || !quiet) printLines(is_error ? "emerg" : "warn", diagnostics.format(diagnostic));
  }
  if (diagnostics.errorCount() > Diagnostics::kMaxKept)
    printLines("emerg", fmt::format("{} errors in all", diagnostics.errorCount()));
}

// The verdict, as nginx words it: tools look for these lines.
int conclude(const Options& options, const Diagnostics& diagnostics) {
  print(diagnostics, options.quiet);
  bool failed = diagnostics.hasErrors();
  if (failed)
    fmt::print(stderr, "weir: configuration file {} test failed\n", options.config);
  else if (!options.quiet)
    fmt::print(stderr, "weir: configuration file {} test is successful\n", options.config);
  return failed ? 1 : 0;
}

void checkAll(const Options& options, Diagnostics& diagnostics) {
  auto generation = Generation::load(options, 1, diagnostics);
  generation->check(diagnostics);
}

}  // namespace

int testConfiguration(const Options& options) {
  Diagnostics diagnostics;
  checkAll(options, diagnostics);
  return conclude(options, diagnostics);
}

int dumpConfiguration(const Options& options) {
  Diagnostics diagnostics;
  checkAll(options, diagnostics);
  if (int failed = conclude(options, diagnostics); failed != 0) return failed;
  Diagnostics again;
  Bundle bundle = readBundle(options.config, options.prefix, options.overrides, again);
  fmt::print("{}", explainBundle(bundle, again));
  return 0;
}

int printVersion() {
  fmt::print("weir version: weir/{}\n", kVersion);
  return 0;
}

int printBuild() {
  printVersion();
  fmt::print("revision: {}\n", kRevision);
  fmt::print("built with: gcc {}\n", __VERSION__);
  fmt::print("fmt: {}.{}.{}\n", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
  fmt::print("glibc: {}\n", gnu_get_libc_version());
  return 0;
}

void printErrors(std::string_view lines) { printLines("emerg", lines); }

}  // namespace weir
