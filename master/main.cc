// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>
#include <unistd.h>

#include "master/command.h"
#include "master/daemon.h"
#include "master/generation.h"
#include "master/inspect.h"
#include "master/options.h"
#include "master/supervisor.h"
#include "shared/base/log.h"

namespace weir {
namespace {

int fail(const Error& error) {
  printErrors(error.message());
  return 1;
}

// Until the configuration is read: -e, or stderr. The descriptor is the process's for good.
Result<void> openFirstLog(const std::string& path) {
  if (path.empty() || path == "stderr") return {};
  auto fd = openLog(path, {});
  if (!fd) return fd.error();
  log::setDescriptor(fd.value().release());
  return {};
}

int serve(const Options& options, ProcessTitle& title) {
  raiseOpenFilesLimit();
  if (auto log = openFirstLog(options.error_log); !log) return fail(log.error());
  Diagnostics diagnostics;
  auto first = Generation::load(options, 1, diagnostics);
  if (diagnostics.hasErrors()) return fail(Error{0, diagnostics.formatAll()});
  Daemon daemon;
  if (first->settings().main.daemon) {
    auto detached = Daemon::detach();
    if (!detached) return fail(detached.error());
    daemon = std::move(detached).value();
  }
  auto segment = Segment::create();
  if (!segment) return fail(segment.error());
  auto signals = Signals::open();
  if (!signals) return fail(signals.error());
  title.set("weir: master " + options.config);
  Supervisor supervisor(options, std::move(signals).value(), *segment.value(), title);
  return supervisor.run(std::move(first), std::move(diagnostics), std::move(daemon));
}

int perform(const Options& options, ProcessTitle& title) {
  switch (options.action) {
    case Action::Serve:
      return serve(options, title);
    case Action::Test:
      return testConfiguration(options);
    case Action::Dump:
      return dumpConfiguration(options);
    case Action::Command:
      return sendCommand(options);
    case Action::Version:
      return printVersion();
    case Action::Build:
      return printBuild();
    case Action::Help:
      break;
  }
  fmt::print("{}", kUsage);
  return 0;
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  auto options = weir::parseOptions(argc, argv);
  if (!options) return weir::fail(options.error());
  weir::resolvePaths(options.value(), weir::Surroundings::current());
  weir::ProcessTitle title(argc, argv);
  return weir::perform(options.value(), title);
}
