// SPDX-License-Identifier: Apache-2.0
#include "master/inspect.h"

#include <fmt/core.h>
#include <gnu/libc-version.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <tuple>

#include "master/generation.h"
#include "master/report.h"
#include "shared/base/version.h"
#include "worker/entry.h"

namespace weir {
namespace {

// As Diagnostics::formatAll(), but each line with its own level.
void print(const Diagnostics& diagnostics, bool quiet) {
  auto sorted = diagnostics.all();
  std::stable_sort(sorted.begin(), sorted.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.origin.file, a.origin.line) < std::tie(b.origin.file, b.origin.line);
  });
  for (const Diagnostic& diagnostic : sorted) {
    bool is_error = diagnostic.severity == Severity::Error;
    if (is_error || !quiet) printLines(is_error ? LogLevel::Emerg : LogLevel::Warn, diagnostics.format(diagnostic));
  }
  if (diagnostics.errorCount() > Diagnostics::kMaxKept)
    printLines(LogLevel::Emerg, fmt::format("{} errors in all", diagnostics.errorCount()));
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

std::unique_ptr<Generation> checkAll(const Options& options, Diagnostics& diagnostics) {
  auto generation = Generation::load(options, 1, diagnostics);
  generation->check(diagnostics);
  return generation;
}

}  // namespace

int testConfiguration(const Options& options) {
  Diagnostics diagnostics;
  checkAll(options, diagnostics);
  return conclude(options, diagnostics);
}

int dumpConfiguration(const Options& options) {
  Diagnostics diagnostics;
  auto generation = checkAll(options, diagnostics);
  if (int failed = conclude(options, diagnostics); failed != 0) return failed;
  Diagnostics said;
  fmt::print("{}", explainBundle(generation->bundle(), said));
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
  fmt::print("libevent: {}\n", libeventVersion());
  fmt::print("tls: {}\n", opensslVersion());
  fmt::print("fmt: {}.{}.{}\n", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
  fmt::print("glibc: {}\n", gnu_get_libc_version());
  return 0;
}

}  // namespace weir
