// SPDX-License-Identifier: Apache-2.0
#include "worker/process/runtime.h"

#include <utility>

namespace weir {

Runtime::Runtime(std::unique_ptr<Settings> settings, Diagnostics& diagnostics, WorkerServices* services,
                 LogDirectory* logs)
    : settings_(std::move(settings)) {
  CompileContext context(*settings_, diagnostics, services, logs);
  compileServers(context);
  SessionScope session_variables(*settings_, diagnostics);
  compileStreams(context, session_variables);
  checkMaps(context.variables, session_variables, diagnostics);
  http_maps_ = std::move(context.variables.maps);
  stream_maps_ = std::move(session_variables.maps);
  implicit_upstreams_ = context.upstreams.takeImplied();
}

void Runtime::compileServers(CompileContext& context) {
  for (const ServerSettings& server : settings_->servers) {
    servers_.push_back(std::make_unique<VirtualServer>(server, context));
    listen(server, *servers_.back(), context.diagnostics);
  }
}

void Runtime::listen(const ServerSettings& settings, const VirtualServer& server, Diagnostics& diagnostics) {
  for (const ListenSetting& listen : settings.listen)
    listeners_[listen.address.toString()].add(server, settings, listen, diagnostics);
}

void Runtime::compileStreams(CompileContext& context, SessionScope& variables) {
  StreamContext stream_context{*settings_, context.diagnostics, context.upstreams,
                               variables,  context.services,    context.logs};
  for (const StreamSettings& stream : settings_->streams) {
    services_.push_back(std::make_unique<StreamService>(stream, stream_context));
    for (const ListenSetting& listen : stream.listen) streams_[listen.key()] = {&listen, services_.back().get()};
  }
}

// One that nobody uses must be good for somebody.
void Runtime::checkMaps(VariableScope& http, SessionScope& streams, Diagnostics& diagnostics) {
  for (const MapSettings& map : settings_->maps) {
    if (VariableScope::isBuiltIn(map.target) || SessionScope::isBuiltIn(map.target))
      diagnostics.error(map.origin, "[map]: $" + map.target + " is a variable of weir's own");
    if (http.maps.uses(map.target) || streams.maps.uses(map.target)) continue;
    Diagnostics of_http, of_streams;
    http.maps.reportTo(of_http);
    streams.maps.reportTo(of_streams);
    text::Map<Exchange>(map, http, of_http);
    text::Map<SessionRecord>(map, streams, of_streams);
    const Diagnostics& fewer = of_streams.errorCount() < of_http.errorCount() ? of_streams : of_http;
    for (const auto& each : fewer.all()) diagnostics.error(each.origin, each.message);
  }
}

std::vector<UpstreamSettings> Runtime::allUpstreams() const {
  std::vector<UpstreamSettings> all = settings_->upstreams;
  all.insert(all.end(), implicit_upstreams_.begin(), implicit_upstreams_.end());
  return all;
}

}  // namespace weir
