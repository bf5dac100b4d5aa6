// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runtime: a configuration as a worker uses it: its settings and everything compiled from them. Immutable once made;
// counted, because exchanges go on with the one they began with after another has taken its place.

#include <map>
#include <memory>
#include <vector>

#include "shared/base/ref.h"
#include "shared/config/settings.h"
#include "worker/http/compile_context.h"
#include "worker/http/route.h"
#include "worker/process/log_set.h"
#include "worker/process/old_generations.h"
#include "worker/stream/stream_service.h"

namespace weir {

class Runtime final : public Counted {
 public:
  // What is wrong goes to diagnostics; with errors there the result is of no use. services and logs are null in a
  // check.
  Runtime(std::unique_ptr<Settings> settings, Diagnostics& diagnostics, WorkerServices* services, LogDirectory* logs);

  const Settings& settings() const { return *settings_; }
  // For who made it only to check them; of no more use then.
  std::unique_ptr<Settings> takeSettings() && { return std::move(settings_); }
  // By ListenSetting::key(), as in the keys of descriptors.
  const std::map<std::string, ListenerRoutes>& listeners() const { return listeners_; }
  struct StreamListen {
    const ListenSetting* listen;
    const StreamService* service;
  };
  const std::map<std::string, StreamListen>& streams() const { return streams_; }
  // Configured and implied ones.
  std::vector<UpstreamSettings> allUpstreams() const;
  // Its place among the worker's configurations, once it is committed.
  GenerationMark& mark() { return mark_; }
  // The logs that its routes write to.
  void keep(LogUse logs) { logs_ = std::move(logs); }

 private:
  void compileServers(CompileContext& context);
  void compileStreams(CompileContext& context, SessionScope& variables);
  void checkMaps(VariableScope& http, SessionScope& streams, Diagnostics& diagnostics);
  void listen(const ServerSettings& settings, const VirtualServer& server, Diagnostics& diagnostics);

  GenerationMark mark_{*this};
  LogUse logs_;
  std::unique_ptr<Settings> settings_;
  std::vector<UpstreamSettings> implicit_upstreams_;
  std::vector<std::unique_ptr<VirtualServer>> servers_;
  std::map<std::string, ListenerRoutes> listeners_;
  text::Maps<Exchange> http_maps_;
  text::Maps<SessionRecord> stream_maps_;
  std::vector<std::unique_ptr<StreamService>> services_;
  std::map<std::string, StreamListen> streams_;
};

}  // namespace weir
