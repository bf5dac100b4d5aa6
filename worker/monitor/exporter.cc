// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/exporter.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <locale>
#include <sstream>
#include <utility>
#include <vector>

#include "shared/stats/metrics.h"
#include "worker/monitor/process_usage.h"

namespace weir {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Families = std::vector<MetricFamily>;

prometheus::MetricType typeOf(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return prometheus::MetricType::Counter;
    case MetricType::Gauge:
      return prometheus::MetricType::Gauge;
    case MetricType::Histogram:
      return prometheus::MetricType::Histogram;
  }
  return prometheus::MetricType::Untyped;
}

// One per row of the table, in its order.
Families emptyFamilies() {
  Families families;
  families.reserve(kMetrics.size());
  for (const MetricRow& row : kMetrics)
    families.push_back({std::string(row.name), std::string(row.help), typeOf(row.type), {}});
  return families;
}

// A starting worker does not serve yet.
bool isUp(SlotState state) { return state == SlotState::Running || state == SlotState::Draining; }

// Fills families from one segment, for one scrape.
class Collector : public prometheus::Collectable {
 public:
  Collector(const Segment& segment, const Scrape& scrape) : segment_(segment), scrape_(scrape) {}

  Families Collect() const override {
    Families families = emptyFamilies();
    for (const Segment::Series& series : segment_.allSeries()) addSeries(families, series);
    addProcess(families);
    for (unsigned slot = 0; slot < segment_.workerSlots(); ++slot) addWorker(families, slot);
    std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
    return families;
  }

 private:
  void addSeries(Families& families, const Segment::Series& series) const;
  void addPerWorker(Families& families, const Segment::Series& series) const;
  void addProcess(Families& families) const;
  void addWorker(Families& families, unsigned slot) const;
  void addUsage(Families& families, unsigned slot) const;
  void addState(Families& families, SlotState state, const char* name) const;
  SlotState stateOf(unsigned slot) const { return segment_.slotHeader(slot).state.load(std::memory_order_relaxed); }

  const Segment& segment_;
  const Scrape& scrape_;
};

// A new sample of the family, labelled by the values in the row's order.
ClientMetric& newSample(Families& families, Metric metric, const std::vector<std::string>& values) {
  const MetricRow& row = rowOf(metric);
  ClientMetric& sample = families[static_cast<size_t>(metric)].metric.emplace_back();
  sample.label.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) sample.label.push_back({std::string(row.label(i)), values[i]});
  return sample;
}

void addNumber(Families& families, Metric metric, const std::vector<std::string>& values, double number) {
  ClientMetric& sample = newSample(families, metric, values);
  (rowOf(metric).type == MetricType::Counter ? sample.counter.value : sample.gauge.value) = number;
}

// Read gives the integer of a cell: summed over slots, or one slot's. Counting goes on meanwhile, so the count is made
// of the buckets that were read and agrees with +Inf; the sum may be of a moment later.
template <class Read>
ClientMetric::Histogram histogramOf(const MetricRow& row, CellIndex first, Read read) {
  const Buckets& buckets = *row.buckets;
  ClientMetric::Histogram histogram;
  histogram.bucket.reserve(buckets.count() + 1);
  for (uint32_t i = 0; i <= buckets.count(); ++i) {
    histogram.sample_count += static_cast<uint64_t>(read(first + i));
    const double bound = i == buckets.count() ? std::numeric_limits<double>::infinity()
                                              : static_cast<double>(buckets.bound(i)) / row.per_unit;
    histogram.bucket.push_back({histogram.sample_count, bound});
  }
  histogram.sample_sum = static_cast<double>(read(first + buckets.sumCell())) / row.per_unit;
  return histogram;
}

template <class Read>
void addCells(Families& families, Metric metric, const std::vector<std::string>& values, CellIndex index, Read read) {
  const MetricRow& row = rowOf(metric);
  if (row.type == MetricType::Histogram)
    newSample(families, metric, values).histogram = histogramOf(row, index, read);
  else
    addNumber(families, metric, values, static_cast<double>(read(index)) / row.per_unit);
}

void Collector::addSeries(Families& families, const Segment::Series& series) const {
  if (rowOf(series.metric).origin == CellOrigin::PerWorker) return addPerWorker(families, series);
  addCells(families, series.metric, series.labels, series.index, [&](CellIndex at) { return segment_.sum(at); });
}

// One series of cells is one sample per worker: a slot says which.
void Collector::addPerWorker(Families& families, const Segment::Series& series) const {
  for (unsigned slot = 0; slot < segment_.workerSlots(); ++slot) {
    if (stateOf(slot) == SlotState::Free) continue;
    addCells(families, series.metric, {std::to_string(slot)}, series.index,
             [&](CellIndex at) { return segment_.value(slot, at); });
  }
}

void Collector::addProcess(Families& families) const {
  addState(families, SlotState::Running, "running");
  addState(families, SlotState::Draining, "draining");
  addNumber(families, Metric::ScrapeDurationSeconds, {},
            static_cast<double>(scrape_.previous.count()) / rowOf(Metric::ScrapeDurationSeconds).per_unit);
  addNumber(families, Metric::MetricsSeriesDroppedTotal, {}, static_cast<double>(segment_.droppedSeries()));
}

void Collector::addState(Families& families, SlotState state, const char* name) const {
  int count = 0;
  for (unsigned slot = 0; slot < segment_.workerSlots(); ++slot) count += stateOf(slot) == state ? 1 : 0;
  addNumber(families, Metric::Workers, {name}, count);
}

// The heartbeat is kept on the monotonic clock, for the master's comparison, and told on the calendar's.
void Collector::addWorker(Families& families, unsigned slot) const {
  const SlotState state = stateOf(slot);
  if (state == SlotState::Free) return;
  addNumber(families, Metric::WorkerUp, {std::to_string(slot)}, isUp(state) ? 1 : 0);
  if (state != SlotState::Exited) addUsage(families, slot);
  const int64_t beat = segment_.slotHeader(slot).heartbeat.load(std::memory_order_relaxed);
  if (beat == 0) return;
  const Microseconds age = scrape_.now.time_since_epoch() - Microseconds(beat);
  addNumber(families, Metric::WorkerHeartbeatTimestampSeconds, {std::to_string(slot)},
            static_cast<double>((scrape_.wall - age).time_since_epoch().count()) /
                rowOf(Metric::WorkerHeartbeatTimestampSeconds).per_unit);
}

// A worker that ends between its state and its /proc has no rows in this scrape.
void Collector::addUsage(Families& families, unsigned slot) const {
  const pid_t pid = segment_.slotHeader(slot).pid.load(std::memory_order_relaxed);
  const auto usage = pid > 0 ? readProcessUsage(pid) : std::nullopt;
  if (!usage) return;
  const std::vector<std::string> worker{std::to_string(slot)};
  addNumber(families, Metric::WorkerCpuSecondsTotal, worker, usage->cpu_seconds);
  addNumber(families, Metric::WorkerResidentMemoryBytes, worker, static_cast<double>(usage->resident_bytes));
  if (usage->open_descriptors)
    addNumber(families, Metric::WorkerOpenFds, worker, static_cast<double>(*usage->open_descriptors));
  if (usage->max_descriptors)
    addNumber(families, Metric::WorkerMaxFds, worker, static_cast<double>(*usage->max_descriptors));
}

}  // namespace

std::string renderMetrics(const Segment& segment, const Scrape& scrape) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  prometheus::TextSerializer().Serialize(text, Collector(segment, scrape).Collect());
  return std::move(text).str();
}

}  // namespace weir
