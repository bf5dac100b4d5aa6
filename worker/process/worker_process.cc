// SPDX-License-Identifier: Apache-2.0
#include "worker/process/worker_process.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "shared/base/log.h"
#include "shared/base/open_files.h"
#include "worker/http/http_listener.h"
#include "worker/stream/tcp_listener.h"
#include "worker/stream/udp_listener.h"

namespace weir {
namespace {

Segment& attach(Segment& segment, unsigned slot) {
  stats::attach(segment.slotCells(slot));
  return segment;
}

// Never more than there are descriptors for.
size_t connectionLimit(const AutoNumber& setting) {
  constexpr uint64_t kAuto = 1u << 20;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = 0;
  if (!setting.value) return std::min(kAuto, proxiedConnectionsWithin(limit.rlim_cur));
  return std::min<uint64_t>(*setting.value, connectionsWithin(limit.rlim_cur));
}

bool sameSocket(int a, int b) {
  struct stat first, second;
  return fstat(a, &first) == 0 && fstat(b, &second) == 0 && first.st_ino == second.st_ino;
}

}  // namespace

WorkerProcess::WorkerProcess(ChildContext context)
    : segment_(attach(*context.segment, context.slot)),
      log_writer_(
          {segment_.series(Metric::WorkerLogDroppedTotal, {}), segment_.series(Metric::WorkerLogTruncatedTotal, {})},
          std::move(context.spool)),
      logs_(log_writer_),
      tls_(loop_, buffers_, segment_, context.tickets),
      upstreams_(loop_, segment_),
      files_(loop_, segment_),
      zones_(context.slot),
      services_{loop_, buffers_, segment_, upstreams_, &tls_, nullptr, &files_, &zones_},
      http_(services_),
      old_generations_(segment_.slotHeader(context.slot)),
      heartbeat_(loop_, segment_.slotHeader(context.slot)),
      pulse_(loop_, http_, old_generations_, segment_),
      drain_look_(loop_, *this),
      handover_(loop_, std::move(context.channel), *this) {
  loop_.addHook(log_writer_);
}

WorkerProcess::~WorkerProcess() {
  listeners_.clear();
  // Answers hold on to upstreams, and the connections of these to TLS, all of which end before the loop does.
  upstreams_.drain();
  loop_.destroyRetired();
  upstreams_.setResolver(nullptr);
}

int WorkerProcess::run() {
  loop_.run();
  return 0;
}

void WorkerProcess::prepare(std::unique_ptr<Settings> settings, DescriptorSet& descriptors, Diagnostics& diagnostics) {
  if (resolver_ == nullptr) applyResolver(settings->main.resolver);
  std::map<std::string, Fd> sessions;
  while (auto memory = descriptors.takeAny(kSessionsKey)) sessions.insert(std::move(*memory));
  tls_.useMemory(std::move(sessions), descriptors.take(kOcspKey));
  logs_.beginPrepare(descriptors);
  for (const LimitConnZoneSetting& zone : settings->limit_conn_zones)
    if (Fd fd = descriptors.take("zone:" + zone.name)) zones_.offer(zone.name, fd);
  prepared_ = makeRef<Runtime>(std::move(settings), diagnostics, &services_, &logs_);
  prepared_->keep(logs_.endPrepare());
  if (!diagnostics.hasErrors()) prepared_upstreams_ = upstreams_.prepare(prepared_->allUpstreams());
}

void WorkerProcess::abandon() {
  zones_.abandon();
  prepared_upstreams_.reset();
  prepared_ = {};
}

void WorkerProcess::commit(DescriptorSet& descriptors) {
  if (!prepared_) return;
  applyResolver(prepared_->settings().main.resolver);
  old_generations_.serves(prepared_->mark(), handover_.generation(), loop_.now());
  runtime_ = std::move(prepared_);
  zones_.commit();
  upstreams_.commit(std::move(*prepared_upstreams_));
  prepared_upstreams_.reset();
  size_t limit = connectionLimit(runtime_->settings().main.worker_connections);
  services_.connections.setLimit(limit);
  stats::set(segment_.series(Metric::WorkerConnectionsLimit, {}), static_cast<int64_t>(limit));
  logs_.commit(runtime_->settings().main.error_log, descriptors);
  applyListeners(descriptors);
  files_.sweep();
}

void WorkerProcess::applyResolver(const ResolverSetting& setting) {
  auto fresh = std::make_unique<Resolver>(loop_, setting);
  upstreams_.setResolver(fresh.get());
  resolver_ = std::move(fresh);
}

void WorkerProcess::applyListeners(DescriptorSet& descriptors) {
  configured_.clear();
  applyHttp(descriptors);
  applyStreams(descriptors);
  for (auto& listener : listeners_) {
    if (!configured_.contains(listener.get())) leave(*listener);
    listener->releaseRuntime();
  }
  sweepListeners();
}

void WorkerProcess::applyHttp(DescriptorSet& descriptors) {
  for (const auto& [key, routes] : runtime_->listeners())
    if (auto* listener = listenerFor<HttpListener>(key, *Address::parse(key), descriptors, http_))
      listener->setRoutes(runtime_, routes);
}

void WorkerProcess::applyStreams(DescriptorSet& descriptors) {
  for (const auto& [key, stream] : runtime_->streams()) {
    if (stream.listen->udp)
      applyUdp(key, stream, descriptors);
    else if (auto* tcp = listenerFor<TcpListener>(key, stream.listen->address, descriptors, services_))
      tcp->setService(runtime_, *stream.service, stream.listen->proxy_protocol);
  }
}

void WorkerProcess::applyUdp(const std::string& key, const Runtime::StreamListen& stream, DescriptorSet& descriptors) {
  if (!udp_) udp_ = std::make_unique<UdpEnvironment>(services_);
  if (auto* udp = listenerFor<UdpListener>(key, stream.listen->address, descriptors, *udp_))
    udp->setService(runtime_, *stream.service);
}

// Of two at one key, one leaves for the other.
Listener* WorkerProcess::find(const std::string& key) {
  Listener* found = nullptr;
  for (auto& listener : listeners_)
    if (!listener->retired() && listener->key() == key && (found == nullptr || found->leaving()))
      found = listener.get();
  return found;
}

template <class Protocol, class Environment>
Protocol* WorkerProcess::listenerFor(const std::string& key, const Address& address, DescriptorSet& descriptors,
                                     Environment& environment) {
  Listener* known = find(key);
  auto* listener = dynamic_cast<Protocol*>(known);
  Fd fd = descriptors.take("listen:" + key);
  if (known != nullptr && fd && !sameSocket(known->socket(), fd.get())) {
    // Options that a socket cannot take in place: another one takes over, and this one leaves.
    leave(*std::exchange(known, nullptr));
    listener = nullptr;
  }
  if (listener == nullptr && !fd) {
    WEIR_LOG(Alert, "no socket came for {}", key);
    return nullptr;
  }
  if (listener == nullptr) {
    // The address changes its protocol. The socket stays, so no handshake has to be waited for.
    if (known != nullptr) known->retire();
    listeners_.push_back(std::make_unique<Protocol>(environment, address, std::move(fd)));
    listener = static_cast<Protocol*>(listeners_.back().get());
  }
  listener->stay();
  configured_.insert(listener);
  return listener;
}

void WorkerProcess::leave(Listener& listener) {
  if (listener.retired() || listener.leaving()) return;
  listener.leave(loop_.now() + kHandshakes);
  if (!drain_look_.armed()) drain_look_.armIn(kDrainLook);
}

// S-2: emptied only when nothing new can come any more. The connections go on, with the routes that they have.
void WorkerProcess::retireListeners() {
  for (auto& listener : listeners_) {
    if (!listener->leaving() || listener->leavesAt() > loop_.now()) continue;
    listener->retire();
    handover_.released("listen:" + listener->key());
  }
}

void WorkerProcess::sweepListeners() {
  std::erase_if(listeners_, [](const auto& listener) { return listener->retired() && listener->empty(); });
}

void WorkerProcess::adopt(DescriptorSet& descriptors) {
  while (auto orphan = descriptors.takeAny("orphan:")) {
    if (Listener* listener = find(orphan->first)) listener->adopt(std::move(orphan->second));
    handover_.released("listen:" + orphan->first);
  }
}

void WorkerProcess::quit() {
  if (drain_) return;
  drain_.emplace(loop_.now(), handover_.drainLimit());
  http_.startDraining();
  old_generations_.startDraining(loop_.now());
  upstreams_.drain();
  for (auto& listener : listeners_) leave(*listener);
  lookDrained();
}

void WorkerProcess::lookDrained() {
  retireListeners();
  sweepListeners();
  bool leaving = std::any_of(listeners_.begin(), listeners_.end(), [](const auto& each) { return each->leaving(); });
  if (drain_) endWhatLasts();
  if (leaving || (drain_ && !listeners_.empty())) return drain_look_.armIn(kDrainLook);
  if (!drain_) return;
  handover_.drained();
  loop_.stop();
}

// Only of retired listeners: what would come meanwhile would be told to go at once.
void WorkerProcess::endWhatLasts() {
  size_t lasting = 0;
  for (auto& listener : listeners_) lasting += listener->lasting();
  size_t due = drain_->due(loop_.now(), lasting);
  countEnded(due);
  for (auto& listener : listeners_) {
    size_t part = std::min(due, listener->lasting());
    listener->endLasting(part);
    due -= part;
  }
}

// At the end of a drain that is not done, whatever is left.
void WorkerProcess::stop() {
  if (drain_) countEnded(services_.connections.open());
  loop_.stop();
}

void WorkerProcess::countEnded(size_t count) {
  if (count > 0) stats::add(segment_.series(Metric::DrainEndedConnectionsTotal, {}), static_cast<int64_t>(count));
}

}  // namespace weir
