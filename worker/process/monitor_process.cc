// SPDX-License-Identifier: Apache-2.0
#include "worker/process/monitor_process.h"

#include <utility>

#include "shared/base/log.h"
#include "shared/config/tls_servers.h"

namespace weir {
namespace {

constexpr size_t kConnectionLimit = 256;

LocationSettings metricsLocation(const Settings& settings) {
  LocationSettings location;
  location.name = "metrics";
  location.match = LocationSettings::Match::Exact;
  location.pattern = settings.metrics.path;
  location.builtin = "metrics";
  location.http = settings.http;
  location.http.access = settings.metrics.access;
  return location;
}

// The settings of a small site of the monitor's own: the metrics page on the metrics listeners, and nothing else.
std::unique_ptr<Settings> monitorSettings(std::unique_ptr<Settings> settings) {
  HttpSettings& http = settings->http;
  http.access_log.clear();
  http.add_header.clear();
  http.access.clear();
  http.set_real_ip_from.clear();
  http.return_ = {};
  ServerSettings server;
  server.name = "metrics";
  server.http = http;
  for (const Address& address : settings->metrics.listen) {
    ListenSetting listen;
    listen.address = address;
    server.listen.push_back(listen);
  }
  server.locations.push_back(metricsLocation(*settings));
  settings->upstreams.clear();
  settings->streams.clear();
  settings->servers.clear();
  settings->servers.push_back(std::move(server));
  return settings;
}

}  // namespace

MonitorProcess::MonitorProcess(ChildContext context, std::unique_ptr<Segment> own)
    : own_(std::move(own)),
      log_writer_({}, std::move(context.spool)),
      logs_(log_writer_),
      upstreams_(loop_, *own_),
      services_{loop_, buffers_, *own_, upstreams_, nullptr, context.segment},
      http_(services_),
      heartbeat_(loop_, context.segment->slotHeader(context.slot)),
      ocsp_(loop_, *context.segment),
      handover_(loop_, std::move(context.channel), *this) {
  services_.connections.setLimit(kConnectionLimit);
  loop_.addHook(log_writer_);
}

MonitorProcess::~MonitorProcess() {
  listeners_.clear();
  loop_.destroyRetired();
}

int MonitorProcess::run() {
  loop_.run();
  return 0;
}

void MonitorProcess::prepare(std::unique_ptr<Settings> settings, DescriptorSet& descriptors, Diagnostics& diagnostics) {
  prepared_subjects_.clear();
  Diagnostics said_already;  // by the workers, who load the same certificates
  eachTlsServer(*settings, [&](const TlsSettings& tls, const std::string&, Origin) {
    for (auto& subject : OcspSubject::of(tls, said_already)) prepared_subjects_.push_back(std::move(subject));
  });
  logs_.beginPrepare(descriptors);
  prepared_ = makeRef<Runtime>(monitorSettings(std::move(settings)), diagnostics, &services_, &logs_);
  prepared_->keep(logs_.endPrepare());
}

void MonitorProcess::commit(DescriptorSet& descriptors) {
  if (!prepared_) return;
  runtime_ = std::move(prepared_);
  logs_.commit(runtime_->settings().main.error_log, descriptors);
  applyOcsp(descriptors.take(kOcspKey));
  for (const auto& [address, routes] : runtime_->listeners()) {
    if (HttpListener* listener = listenerFor(address, descriptors)) listener->setRoutes(runtime_, routes);
  }
  for (auto& listener : listeners_) {
    if (listener->retired() || runtime_->listeners().contains(listener->address().toString())) continue;
    listener->retire();
    handover_.released("metrics:" + listener->key());
    listener->drain(Milliseconds(0));
  }
  std::erase_if(listeners_, [](const auto& listener) { return listener->retired() && listener->empty(); });
}

void MonitorProcess::applyOcsp(Fd memory) {
  bool same = responses_ && responses_->isOf(memory.get());
  if (!same) responses_ = {};
  if (memory && !same) {
    auto mapped = SharedMemory::map(memory.get());
    if (mapped) responses_ = makeRef<StapledResponses>(std::move(mapped).value());
    if (!mapped) WEIR_LOG(Error, "ssl_stapling: {}", mapped.error().message());
  }
  auto fresh = responses_ ? std::make_unique<Resolver>(loop_, runtime_->settings().main.resolver) : nullptr;
  ocsp_.follow(std::move(prepared_subjects_), responses_, fresh.get());
  resolver_ = std::move(fresh);
}

HttpListener* MonitorProcess::listenerFor(const std::string& address, DescriptorSet& descriptors) {
  for (auto& listener : listeners_)
    if (!listener->retired() && listener->address().toString() == address) return listener.get();
  Fd fd = descriptors.take("metrics:" + address);
  if (!fd) {
    WEIR_LOG(Alert, "no socket came for {}", address);
    return nullptr;
  }
  listeners_.push_back(std::make_unique<HttpListener>(http_, *Address::parse(address), std::move(fd)));
  return listeners_.back().get();
}

// Log lines of processes that have died. The logs came for them alone: the master does not ask this in the middle of a
// reload.
void MonitorProcess::adopt(DescriptorSet& descriptors) {
  while (auto spool = descriptors.takeAny("spool:")) {
    if (size_t lines = logs_.inherit(spool->second, descriptors); lines > 0)
      WEIR_LOG(Notice, "writing {} log lines that {} left", lines, spool->first);
    handover_.released("spool:" + spool->first);
  }
  descriptors.clear();
}

void MonitorProcess::quit() {
  handover_.drained();
  loop_.stop();
}

}  // namespace weir
