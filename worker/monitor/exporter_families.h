// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExporterFamilies: the samples of one scrape, a family for each row of the metric table, in its order.

#include <prometheus/metric_family.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "shared/stats/metrics.h"

namespace weir {

class ExporterFamilies {
 public:
  // Label values, in the row's order.
  using Labels = std::vector<std::string>;

  ExporterFamilies();

  // A value in the metric's own unit.
  void add(Metric metric, const Labels& labels, double value);
  // A cell's integer.
  void addCell(Metric metric, const Labels& labels, int64_t cell) {
    add(metric, labels, static_cast<double>(cell) / rowOf(metric).per_unit);
  }
  // The cells of a series, from `first` on. Read gives the integer of one: summed over slots, or one slot's.
  template <class Read>
  void addCells(Metric metric, const Labels& labels, CellIndex first, Read read) {
    if (rowOf(metric).type == MetricType::Histogram)
      sample(metric, labels).histogram = histogramOf(rowOf(metric), first, read);
    else
      addCell(metric, labels, read(first));
  }

  // Those that have samples; the object is of no use afterwards.
  std::vector<prometheus::MetricFamily> take();

 private:
  using Histogram = prometheus::ClientMetric::Histogram;

  prometheus::ClientMetric& sample(Metric metric, const Labels& labels);
  template <class Read>
  static Histogram histogramOf(const MetricRow& row, CellIndex first, Read read);

  std::vector<prometheus::MetricFamily> families_;
};

// Counting goes on meanwhile, so the count is made of the buckets that were read and agrees with +Inf; the sum may be
// of a moment later.
template <class Read>
ExporterFamilies::Histogram ExporterFamilies::histogramOf(const MetricRow& row, CellIndex first, Read read) {
  const Buckets& buckets = *row.buckets;
  Histogram histogram;
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

}  // namespace weir
