// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/exporter_families.h"

#include <utility>

namespace weir {
namespace {

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

}  // namespace

ExporterFamilies::ExporterFamilies() {
  families_.reserve(kMetrics.size());
  for (const MetricRow& row : kMetrics)
    families_.push_back({std::string(row.name), std::string(row.help), typeOf(row.type), {}});
}

void ExporterFamilies::add(Metric metric, const Labels& labels, double value) {
  prometheus::ClientMetric& added = sample(metric, labels);
  (rowOf(metric).type == MetricType::Counter ? added.counter.value : added.gauge.value) = value;
}

prometheus::ClientMetric& ExporterFamilies::sample(Metric metric, const Labels& labels) {
  const MetricRow& row = rowOf(metric);
  prometheus::ClientMetric& sample = families_[static_cast<size_t>(metric)].metric.emplace_back();
  sample.label.reserve(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) sample.label.push_back({std::string(row.label(i)), labels[i]});
  return sample;
}

std::vector<prometheus::MetricFamily> ExporterFamilies::take() {
  std::erase_if(families_, [](const auto& family) { return family.metric.empty(); });
  return std::move(families_);
}

}  // namespace weir
