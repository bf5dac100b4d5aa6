// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <cstdio>

#include "master/command.h"
#include "master/inspect.h"
#include "master/one_liner.h"
#include "master/options.h"
#include "master/process_title.h"
#include "master/report.h"
#include "master/serve.h"

namespace weir {
namespace {

int perform(const Options& options, ProcessTitle& title) {
  switch (options.action) {
    case Action::Serve:
      fmt::print(stderr, "{}", options.greeting);
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
  fmt::print("{}", options.one_liner.empty() ? kUsage : oneLinerUsage(options.one_liner));
  return 0;
}

}  // namespace
}  // namespace weir

int main(int argc, char** argv) {
  auto options = weir::parseOptions(argc, argv);
  if (!options) {
    weir::printLines(weir::LogLevel::Emerg, options.error().message());
    return 1;
  }
  weir::resolvePaths(options.value(), weir::Surroundings::current());
  weir::ProcessTitle title(argc, argv);
  return weir::perform(options.value(), title);
}
