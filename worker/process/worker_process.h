// SPDX-License-Identifier: Apache-2.0
#pragma once
// WorkerProcess: a worker from its fork to its end: the loop, the services that outlive configurations, and the
// configuration that serves. Owned by runWorker().

#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "shared/stats/slot.h"
#include "worker/entry.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/http/files/file_services.h"
#include "worker/http/http_environment.h"
#include "worker/net/buffer.h"
#include "worker/net/listener.h"
#include "worker/net/log_writer.h"
#include "worker/net/resolver.h"
#include "worker/net/zone_directory.h"
#include "worker/process/drain_schedule.h"
#include "worker/process/handover.h"
#include "worker/process/heartbeat.h"
#include "worker/process/log_set.h"
#include "worker/process/pulse.h"
#include "worker/process/runtime.h"
#include "worker/stream/udp_environment.h"
#include "worker/tls/tls_environment.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {

class WorkerProcess final : Handover::Owner, Deadline::Owner {
 public:
  explicit WorkerProcess(ChildContext context);
  ~WorkerProcess();

  int run();

 private:
  static constexpr Milliseconds kDrainLook{50};
  // For handshakes under way when new connections begin to go elsewhere: a round trip of the client's SYN-ACK.
  static constexpr Milliseconds kHandshakes{500};

  void prepare(std::unique_ptr<Settings> settings, DescriptorSet& descriptors, Diagnostics& diagnostics) override;
  bool wantsTime() const override { return prepared_upstreams_ && !prepared_upstreams_->resolved(); }
  void commit(DescriptorSet& descriptors) override;
  void abandon() override;
  void reopenLogs(DescriptorSet& descriptors) override { logs_.reopen(descriptors); }
  void adopt(DescriptorSet& descriptors) override;
  void quit() override;
  void stop() override;
  void onDeadline(Deadline&) override { lookDrained(); }

  void applyResolver(const ResolverSetting& setting);
  void applyListeners(DescriptorSet& descriptors);
  // The one that serves the key, opened where there is none of that protocol. Null when its socket did not come.
  template <class Protocol, class Environment>
  Protocol* listenerFor(const std::string& key, const Address& address, DescriptorSet& descriptors,
                        Environment& environment);
  // Null when there is none that takes connections.
  Listener* find(const std::string& key);
  void applyHttp(DescriptorSet& descriptors);
  void applyStreams(DescriptorSet& descriptors);
  void applyUdp(const std::string& key, const Runtime::StreamListen& stream, DescriptorSet& descriptors);
  void leave(Listener& listener);
  void retireListeners();
  void sweepListeners();
  void lookDrained();
  void endWhatLasts();
  void countEnded(size_t count);

  Segment& segment_;
  EventLoop loop_;
  LogWriter log_writer_;
  LogSet logs_;
  BufferPool buffers_;
  TlsEnvironment tls_;
  UpstreamDirectory upstreams_;
  std::unique_ptr<Resolver> resolver_;
  FileServices files_;
  ZoneDirectory zones_;
  WorkerServices services_;
  HttpEnvironment http_;
  std::unique_ptr<UdpEnvironment> udp_;  // with the first UDP stream
  OldGenerations old_generations_;
  Heartbeat heartbeat_;
  Pulse pulse_;
  Ref<Runtime> runtime_;
  Ref<Runtime> prepared_;
  std::optional<PreparedUpstreams> prepared_upstreams_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::set<const Listener*> configured_;  // those that the serving configuration has
  std::optional<DrainSchedule> drain_;    // since it was told to quit
  Deadline drain_look_;
  Handover handover_;
};

}  // namespace weir
