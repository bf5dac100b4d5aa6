// SPDX-License-Identifier: Apache-2.0
#pragma once
// CompileContext: what handlers and filters may use while a configuration is compiled. When a configuration is only
// checked (-t, in the master) there are no services: what is compiled then is never run.

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/http/variables.h"
#include "worker/net/log_directory.h"
#include "worker/text/line_formats.h"
#include "worker/upstream/upstream_references.h"
#include "worker/upstream/worker_services.h"

namespace weir {

class CompileContext {
 public:
  CompileContext(const Settings& settings, Diagnostics& diagnostics, WorkerServices* services, LogDirectory* logs)
      : settings(settings),
        diagnostics(diagnostics),
        services(services),
        logs(logs),
        variables(settings, diagnostics),
        log_formats(settings.log_formats, variables, diagnostics),
        upstreams(settings, services == nullptr ? nullptr : &services->upstreams) {}

  // Reports a name, "@x" of this directive, that no location of the server has.
  void expectNamedLocation(const TemplateText& name, std::string_view directive);

  const Settings& settings;
  Diagnostics& diagnostics;
  WorkerServices* services;                // null: check only
  LogDirectory* logs;                      // null: check only
  const ServerSettings* server = nullptr;  // the one whose locations are being compiled
  VariableScope variables;
  text::LineFormats<Exchange> log_formats;
  UpstreamReferences upstreams;
};

}  // namespace weir
