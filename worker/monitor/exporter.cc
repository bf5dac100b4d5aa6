// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/exporter.h"

#include <fmt/format.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <locale>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "shared/stats/metrics.h"
#include "shared/stats/peer_record.h"
#include "worker/monitor/exporter_families.h"
#include "worker/monitor/process_usage.h"

namespace weir {
namespace {

// A starting worker does not serve yet.
bool isUp(SlotState state) { return state == SlotState::Running || state == SlotState::Draining; }

// What one scrape shows of one segment.
class Collector {
 public:
  Collector(const Segment& segment, const Scrape& scrape) : segment_(segment), scrape_(scrape) {}

  std::vector<prometheus::MetricFamily> collect();

 private:
  void addSeries(const Segment::Series& series);
  void addPerWorker(const Segment::Series& series);
  void addHighest(const Segment::Series& series);
  void addPeer(const Segment::Series& series);
  void addPeers();
  void addAcceptQueue(const std::string& listener);
  void addProcess();
  void addConfig();
  void addWorker(unsigned slot);
  void addUsage(unsigned slot);
  void addHeartbeat(unsigned slot);
  void noteOldGeneration(unsigned slot);
  void addOldGenerations();

  const SlotHeader& header(unsigned slot) const { return segment_.slotHeader(slot); }
  SlotState stateOf(unsigned slot) const { return header(slot).state.load(std::memory_order_acquire); }
  // Some process has been in it.
  bool wasUsed(unsigned slot) const { return header(slot).started.load(std::memory_order_relaxed) != 0; }
  int64_t shared(CellIndex record, PeerField field) const { return segment_.shared(cellOf(record, field)); }

  const Segment& segment_;
  const Scrape& scrape_;
  ExporterFamilies families_;
  std::map<std::string, std::array<int, kPeerStates.size()>> peers_;  // by upstream, by state
  std::map<int64_t, int64_t> draining_;                               // by generation
  int64_t oldest_since_ = 0;
};

std::vector<prometheus::MetricFamily> Collector::collect() {
  for (const Segment::Series& series : segment_.allSeries()) addSeries(series);
  addPeers();
  addProcess();
  addConfig();
  for (unsigned slot = 0; slot < segment_.workerSlots(); ++slot) addWorker(slot);
  addOldGenerations();
  return families_.take();
}

// ---- series ----

void Collector::addSeries(const Segment::Series& series) {
  if (series.metric == Metric::ListenerConnectionsActive) addAcceptQueue(series.labels[0]);
  if (series.metric == Metric::ConfigGeneration) draining_[segment_.sum(series.index)] += 0;
  switch (rowOf(series.metric).origin) {
    case CellOrigin::PerWorker:
      return addPerWorker(series);
    case CellOrigin::Highest:
      return addHighest(series);
    case CellOrigin::Record:
      return addPeer(series);
    case CellOrigin::Summed:
      // A certificate that was replaced: its series stays, and must not look like one that has expired.
      if (series.metric == Metric::TlsCertificateNotAfterTimestampSeconds && segment_.sum(series.index) == 0) return;
      [[fallthrough]];
    case CellOrigin::Rendered:
      return families_.addCells(series.metric, series.labels, series.index,
                                [&](CellIndex at) { return segment_.sum(at); });
  }
}

// One series of cells is one sample per worker: a slot says which. A slot that nobody is in any more goes on counting
// when it is needed again: its counters stay.
void Collector::addPerWorker(const Segment::Series& series) {
  const bool is_gauge = rowOf(series.metric).type == MetricType::Gauge;
  for (unsigned slot = 0; slot < segment_.workerSlots(); ++slot) {
    if (stateOf(slot) == SlotState::Free && (is_gauge || !wasUsed(slot))) continue;
    families_.addCells(series.metric, {std::to_string(slot)}, series.index,
                       [&](CellIndex at) { return segment_.value(slot, at); });
  }
}

void Collector::addHighest(const Segment::Series& series) {
  const int64_t highest = segment_.highest(series.index);
  if (highest > 0) families_.addCell(series.metric, series.labels, highest);
}

// ---- peers ----

void Collector::addPeer(const Segment::Series& series) {
  if (segment_.workersSum(cellOf(series.index, PeerField::Listed)) <= 0) return;
  const PeerState now = peerState(shared(series.index, PeerField::Fails), shared(series.index, PeerField::MaxFails),
                                  shared(series.index, PeerField::Down) != 0);
  const std::string& upstream = series.labels[0];
  const std::string& peer = series.labels[1];
  families_.add(Metric::UpstreamPeerUp, series.labels, now == PeerState::Up ? 1 : 0);
  families_.addCell(Metric::UpstreamPeerWeight, series.labels, shared(series.index, PeerField::Weight));
  for (size_t i = 0; i < kPeerStates.size(); ++i) {
    const bool is_now = static_cast<size_t>(now) == i;
    families_.add(Metric::UpstreamPeerState, {upstream, peer, std::string(kPeerStates[i])}, is_now ? 1 : 0);
    peers_[upstream][i] += is_now ? 1 : 0;
  }
}

void Collector::addPeers() {
  for (const auto& [upstream, counts] : peers_)
    for (size_t i = 0; i < kPeerStates.size(); ++i)
      families_.add(Metric::UpstreamPeers, {upstream, std::string(kPeerStates[i])}, counts[i]);
}

// ---- listeners, processes ----

void Collector::addAcceptQueue(const std::string& listener) {
  const auto found = scrape_.queues.find(listener);
  if (found == scrape_.queues.end()) return;
  families_.addCell(Metric::ListenerAcceptQueueLength, {listener}, found->second.length);
  families_.addCell(Metric::ListenerAcceptQueueLimit, {listener}, found->second.limit);
}

void Collector::addProcess() {
  for (const auto& [state, name] : {std::pair{SlotState::Running, "running"}, {SlotState::Draining, "draining"}}) {
    int count = 0;
    for (unsigned slot = 0; slot < segment_.workerSlots(); ++slot) count += stateOf(slot) == state ? 1 : 0;
    families_.add(Metric::Workers, {name}, count);
  }
  families_.addCell(Metric::ScrapeDurationSeconds, {}, scrape_.previous.count());
  families_.add(Metric::MetricsSeriesDroppedTotal, {}, static_cast<double>(segment_.droppedSeries()));
}

void Collector::addConfig() {
  const ConfigDigest digest = segment_.configDigest();
  if (digest != ConfigDigest{}) families_.add(Metric::ConfigInfo, {fmt::format("{:02x}", fmt::join(digest, ""))}, 1);
}

void Collector::addWorker(unsigned slot) {
  if (!wasUsed(slot)) return;
  addUsage(slot);
  const SlotState state = stateOf(slot);
  if (state == SlotState::Free) return;
  families_.add(Metric::WorkerUp, {std::to_string(slot)}, isUp(state) ? 1 : 0);
  addHeartbeat(slot);
  if (isUp(state)) noteOldGeneration(slot);
}

// What earlier processes of the slot used is read twice: if it changed, the process between has just been added to it.
// A process that has ended and is not yet added has no time in this scrape.
void Collector::addUsage(unsigned slot) {
  const std::vector<std::string> worker{std::to_string(slot)};
  const int64_t before = header(slot).cpu_before.load(std::memory_order_acquire);
  const SlotState state = stateOf(slot);
  if (state == SlotState::Free || state == SlotState::Exited)
    return families_.add(Metric::WorkerCpuSecondsTotal, worker, static_cast<double>(before) / kMicro);
  const auto usage = readProcessUsage(header(slot).pid.load(std::memory_order_relaxed));
  if (!usage) return;
  if (header(slot).cpu_before.load(std::memory_order_acquire) == before)
    families_.add(Metric::WorkerCpuSecondsTotal, worker, static_cast<double>(before) / kMicro + usage->cpu_seconds);
  families_.add(Metric::WorkerResidentMemoryBytes, worker, static_cast<double>(usage->resident_bytes));
  if (usage->open_descriptors)
    families_.add(Metric::WorkerOpenFds, worker, static_cast<double>(*usage->open_descriptors));
  if (usage->max_descriptors) families_.add(Metric::WorkerMaxFds, worker, static_cast<double>(*usage->max_descriptors));
}

// The heartbeat is kept on the monotonic clock, for the master's comparison, and told on the calendar's.
void Collector::addHeartbeat(unsigned slot) {
  const int64_t beat = header(slot).heartbeat.load(std::memory_order_relaxed);
  if (beat == 0) return;
  const Microseconds age = scrape_.now.time_since_epoch() - Microseconds(beat);
  families_.addCell(Metric::WorkerHeartbeatTimestampSeconds, {std::to_string(slot)},
                    (scrape_.wall - age).time_since_epoch().count());
}

void Collector::noteOldGeneration(unsigned slot) {
  const int64_t generation = header(slot).old_generation.load(std::memory_order_relaxed);
  const int64_t since = header(slot).old_since.load(std::memory_order_relaxed);
  if (generation == 0) return;
  draining_[generation] += header(slot).old_connections.load(std::memory_order_relaxed);
  if (oldest_since_ == 0 || since < oldest_since_) oldest_since_ = since;
}

void Collector::addOldGenerations() {
  for (const auto& [generation, connections] : draining_)
    families_.addCell(Metric::DrainingConnections, {std::to_string(generation)}, connections);
  const int64_t now = scrape_.now.time_since_epoch().count();
  families_.addCell(Metric::OldestGenerationAgeSeconds, {}, oldest_since_ == 0 ? 0 : now - oldest_since_);
}

}  // namespace

std::string renderMetrics(const Segment& segment, const Scrape& scrape) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  prometheus::TextSerializer().Serialize(text, Collector(segment, scrape).collect());
  return std::move(text).str();
}

}  // namespace weir
