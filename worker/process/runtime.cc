// SPDX-License-Identifier: Apache-2.0
#include "worker/process/runtime.h"

#include <utility>

namespace weir {

Runtime::Runtime(std::unique_ptr<Settings> settings, Diagnostics& diagnostics, WorkerServices* services,
                 LogDirectory* logs)
    : settings_(std::move(settings)) {
  CompileContext context(*settings_, diagnostics, services, logs);
  compileServers(context);
  compileStreams(context);
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

void Runtime::compileStreams(CompileContext& context) {
  session_variables_ = std::make_unique<SessionScope>(*settings_, context.diagnostics);
  StreamContext stream_context{*settings_,          context.diagnostics, context.upstreams,
                               *session_variables_, context.services,    context.logs};
  for (const StreamSettings& stream : settings_->streams) {
    services_.push_back(std::make_unique<StreamService>(stream, stream_context));
    for (const ListenSetting& listen : stream.listen) streams_[listen.key()] = {&listen, services_.back().get()};
  }
}

std::vector<UpstreamSettings> Runtime::allUpstreams() const {
  std::vector<UpstreamSettings> all = settings_->upstreams;
  all.insert(all.end(), implicit_upstreams_.begin(), implicit_upstreams_.end());
  return all;
}

}  // namespace weir
