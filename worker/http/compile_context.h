// SPDX-License-Identifier: Apache-2.0
#pragma once
// CompileContext: what handlers and filters may use while a configuration is compiled. When a configuration is only
// checked (-t, in the master) there are no services: what is compiled then is never run.

#include <string>
#include <string_view>
#include <vector>

#include "shared/base/ref.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/http/variables.h"
#include "worker/upstream/upstream.h"

namespace weir {

class BufferPool;
class EventLoop;
class LogFile;
class Segment;
class UpstreamDirectory;

// The services of a worker, which outlive every configuration.
struct WorkerServices {
  EventLoop& loop;
  BufferPool& buffers;
  Segment& segment;
  UpstreamDirectory& upstreams;
  const Segment* observed = nullptr;  // the monitor: what its metrics page reports
};

// Gives the log files of the configuration that is being compiled.
class LogDirectory {
 public:
  // Null when the master sent no descriptor for it.
  virtual LogFile* logFile(const AccessLogSetting& setting) = 0;

 protected:
  ~LogDirectory() = default;
};

class CompileContext {
 public:
  CompileContext(const Settings& settings, Diagnostics& diagnostics, WorkerServices* services, LogDirectory* logs)
      : settings(settings), diagnostics(diagnostics), services(services), logs(logs), groups(settings.servers) {}

  // The upstream that proxy_pass names; one that no section configures is implied by its address. Null in a check.
  Ref<Upstream> upstreamFor(std::string_view host, bool configured);

  const Settings& settings;
  Diagnostics& diagnostics;
  WorkerServices* services;                // null: check only
  LogDirectory* logs;                      // null: check only
  const ServerSettings* server = nullptr;  // the one whose locations are being compiled
  GroupNames groups;                       // the named groups of all its regexes
  std::vector<UpstreamSettings> implicit_upstreams;
};

}  // namespace weir
