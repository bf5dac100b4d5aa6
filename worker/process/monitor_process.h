// SPDX-License-Identifier: Apache-2.0
#pragma once
// MonitorProcess: the process beside the workers that answers /metrics from the shared segment; no traffic passes it,
// so a hung worker never means a failed scrape. Owned by runMonitor().

#include <memory>
#include <vector>

#include "worker/entry.h"
#include "worker/event/loop.h"
#include "worker/http/http_environment.h"
#include "worker/http/http_listener.h"
#include "worker/monitor/ocsp_updates.h"
#include "worker/net/buffer.h"
#include "worker/net/log_writer.h"
#include "worker/net/resolver.h"
#include "worker/process/handover.h"
#include "worker/process/heartbeat.h"
#include "worker/process/log_set.h"
#include "worker/process/runtime.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {

class MonitorProcess final : Handover::Owner {
 public:
  MonitorProcess(ChildContext context, std::unique_ptr<Segment> own);
  ~MonitorProcess();

  int run();

 private:
  void prepare(std::unique_ptr<Settings> settings, DescriptorSet& descriptors, Diagnostics& diagnostics) override;
  void commit(DescriptorSet& descriptors) override;
  void abandon() override { prepared_ = {}; }
  void reopenLogs(DescriptorSet& descriptors) override { logs_.reopen(descriptors); }
  void adopt(DescriptorSet& descriptors) override;
  void quit() override;
  void stop() override { loop_.stop(); }

  void applyOcsp(Fd memory);
  HttpListener* listenerFor(const std::string& address, DescriptorSet& descriptors);

  std::unique_ptr<Segment> own_;  // what the monitor's own HTTP service counts in
  EventLoop loop_;
  LogWriter log_writer_;
  LogSet logs_;
  BufferPool buffers_;
  UpstreamDirectory upstreams_;
  WorkerServices services_;
  HttpEnvironment http_;
  Heartbeat heartbeat_;
  Ref<Runtime> runtime_;
  Ref<Runtime> prepared_;
  std::unique_ptr<Resolver> resolver_;  // where OCSP responses are fetched
  OcspUpdates ocsp_;
  OcspUpdates::Subjects prepared_subjects_;
  Ref<StapledResponses> responses_;
  std::vector<std::unique_ptr<HttpListener>> listeners_;
  Handover handover_;
};

}  // namespace weir
