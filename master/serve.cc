// SPDX-License-Identifier: Apache-2.0
#include "master/serve.h"

#include <unistd.h>

#include <utility>

#include "master/capabilities.h"
#include "master/daemon.h"
#include "master/generation.h"
#include "master/notifier.h"
#include "master/orphans.h"
#include "master/process_limits.h"
#include "master/report.h"
#include "master/supervisor.h"

namespace weir {
namespace {

int fail(const Error& error) {
  printLines(LogLevel::Emerg, error.message());
  return 1;
}

// The diagnostics go to the error log, too, if that can be had.
int failLoad(const Generation& generation, const Diagnostics& diagnostics) {
  printLines(LogLevel::Emerg, diagnostics.formatAll());
  Diagnostics about_logs;
  LogFiles logs = LogFiles::openErrorLogs(generation.settings(), generation.credentials(), about_logs);
  log::setTargets(logs.targets());
  if (!logs.hasTerminal()) logLines(LogLevel::Emerg, diagnostics.formatAll());
  log::setDescriptor(STDERR_FILENO);
  return 1;
}

// Until the configuration is read: -e, or stderr. The descriptor is the process's for good.
Result<void> openFirstLog(const Options& options) {
  if (options.error_log.empty() || options.error_log == "stderr") return {};
  if (auto made = makeLogsFolder(options.error_log, options.prefix); !made) return made.error();
  auto fd = openLog(options.error_log, {});
  if (!fd) return fd.error();
  log::setDescriptor(fd.value().release());
  return {};
}

}  // namespace

int serve(const Options& options, ProcessTitle& title) {
  openStandardStreams();
  auto passed = PassedSockets::fromEnvironment();
  auto notifier = Notifier::fromEnvironment();
  raiseOpenFilesLimit();
  if (auto log = openFirstLog(options); !log) return fail(log.error());
  Diagnostics diagnostics;
  auto first = Generation::load(options, 1, diagnostics);
  if (diagnostics.hasErrors()) return failLoad(*first, diagnostics);
  Daemon daemon;
  if (first->settings().main.daemon) {
    auto detached = Daemon::detach();
    if (!detached) return fail(detached.error());
    daemon = std::move(detached).value();
  }
  if (auto forbidden = forbidNewPrivileges(); !forbidden) return fail(forbidden.error());
  if (auto kept = keepMastersCapabilities(); !kept) return fail(kept.error());
  waitForOrphans(first->settings(), passed);
  first->accept(std::move(passed));
  auto segment = Segment::create();
  if (!segment) return fail(segment.error());
  auto tickets = TicketKeys::create();
  if (!tickets) return fail(tickets.error());
  auto signals = Signals::open();
  if (!signals) return fail(signals.error());
  title.set("weir: master " + options.config);
  Supervisor supervisor(options, std::move(signals).value(), *segment.value(), tickets.value(), title);
  return supervisor.run(std::move(first), std::move(diagnostics), std::move(daemon), std::move(notifier));
}

}  // namespace weir
