// SPDX-License-Identifier: Apache-2.0
#include "worker/entry.h"

#include <utility>

#include "shared/base/log.h"
#include "worker/event/loop.h"
#include "worker/net/log_spool.h"
#include "worker/process/monitor_process.h"
#include "worker/process/worker_process.h"
#include "worker/tls/expiry.h"

namespace weir {

int runWorker(ChildContext context) { return std::make_unique<WorkerProcess>(std::move(context))->run(); }

int runMonitor(ChildContext context) {
  auto own = Segment::create();
  if (!own) {
    WEIR_LOG(Emerg, "monitor: {}", own.error().message());
    return 1;
  }
  return std::make_unique<MonitorProcess>(std::move(context), std::move(own).value())->run();
}

Fd makeLogSpool() { return LogSpool::create(); }

const char* libeventVersion() { return EventLoop::libraryVersion(); }

const char* opensslVersion() { return tlsLibraryVersion(); }

std::vector<CertificateFact> certificateFacts(const Settings& settings) {
  std::vector<CertificateFact> facts;
  for (const ServerSettings& server : settings.servers)
    for (const FileText& file : server.http.tls.certificate)
      if (auto expiry = expiryOf(file)) facts.push_back({server.name, expiry->serial, expiry->not_after});
  return facts;
}

std::unique_ptr<Settings> checkConfig(std::unique_ptr<Settings> settings, Diagnostics& diagnostics) {
  return Runtime(std::move(settings), diagnostics, nullptr, nullptr).takeSettings();
}

}  // namespace weir
