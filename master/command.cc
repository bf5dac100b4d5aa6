// SPDX-License-Identifier: Apache-2.0
#include "master/command.h"

#include <fmt/core.h>
#include <signal.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "master/pid_file.h"
#include "shared/config/bundle.h"
#include "shared/ipc/control.h"

namespace weir {
namespace {

// A reload may wait for one that runs; each ends within Child::kAnswerLimit and a little.
constexpr int kAnswerTimeoutSeconds = 120;

struct CommandRow {
  std::string_view name;
  int signal;
};

// status has none: there is nobody to tell it.
constexpr CommandRow kSignals[] = {
    {"stop", SIGTERM}, {"quit", SIGQUIT}, {"reload", SIGHUP}, {"reopen", SIGUSR1}, {"drain", SIGWINCH}};

int signalFor(std::string_view command) {
  for (const CommandRow& row : kSignals)
    if (row.name == command) return row.signal;
  return 0;
}

std::string pidPath(const Options& options) {
  Diagnostics ignored;
  return readConfiguration(options.config, options.prefix, options.overrides, ignored).settings->main.pid.value;
}

int fail(std::string_view message) {
  fmt::print(stderr, "weir: [error] {}\n", message);
  return 1;
}

int report(const control::Answer& answer, const Options& options) {
  if (answer.ok && options.command == "status") return fmt::print("{}", answer.text), 0;
  if (!answer.ok || !options.quiet) fmt::print(stderr, "{}", answer.text);
  if (!answer.ok) fmt::print(stderr, "weir: {} failed\n", options.command);
  return answer.ok ? 0 : 1;
}

int signalInstead(const Options& options, const std::string& pid_path, const Error& reason) {
  if (signalFor(options.command) == 0) return fail(reason.message());
  auto pid = PidFile::running(pid_path);
  if (!pid) return fail("no master runs with " + pid_path);
  if (kill(*pid, signalFor(options.command)) != 0)
    return fail(fmt::format("process {}: {}", *pid, std::strerror(errno)));
  fmt::print(stderr, "weir: [warn] {}; process {} got a signal instead, with an unknown outcome\n", reason.message(),
             *pid);
  return options.command == "reload" ? 1 : 0;
}

}  // namespace

int sendCommand(const Options& options) {
  std::string path = pidPath(options);
  if (path.empty()) return fail("the configuration names no pid file");
  auto connected = control::connectTo(control::socketPath(path), kAnswerTimeoutSeconds);
  if (!connected) return signalInstead(options, path, connected.error());
  auto answer = control::ask(connected->get(), options.json ? options.command + " json" : options.command);
  if (!answer) return fail(answer.error().message());
  return report(answer.value(), options);
}

}  // namespace weir
