// SPDX-License-Identifier: Apache-2.0
#include "shared/stats/metrics_reference.h"

#include <fmt/core.h>

#include "shared/stats/metrics.h"
#include "shared/stats/series_key.h"

namespace weir {
namespace {

constexpr std::string_view kIntroduction =
    R"(# Metrics

<!-- Written by `make docs` from shared/stats/metrics.h. -->

The monitor serves these at `/metrics` in the Prometheus text format (0.0.4). Units are seconds and bytes; what ends in
`_total` only grows, over reloads and over the crash of a worker too; there are no rates, averages or percents.

Labels never hold what a client can choose: no address, host, path or user agent. `route` is a location's name, `peer`
an address of the configuration, `code` a status of three digits, `code_class` its first digit as `2xx`, and `method`
one of a closed set, or `other`.

A family keeps at most as many series as its *cap*. What comes beyond is counted in one series whose labels are all
`__other__`, and `weir_metrics_series_dropped_total` grows. The same series stands in for one that could not be entered
at once, because another process was stopped in the middle of entering its own. A label value is cut at {} bytes.
)";

constexpr std::string_view kBucketsIntroduction = R"(
## Buckets

Upper bounds in seconds; `+Inf` follows.

| histogram | `le` |
|---|---|
)";

struct Section {
  std::string_view title;
  std::string_view prefix;
};

// A metric belongs to the last section whose prefix fits.
constexpr Section kSections[] = {
    {"Process", "weir_"},   {"Workers", "weir_worker_"},     {"Listeners", "weir_listener_"},
    {"HTTP", "weir_http_"}, {"Upstreams", "weir_upstream_"}, {"Names", "weir_dns_"},
};

const Section& sectionOf(const MetricRow& row) {
  const Section* last = kSections;
  for (const Section& section : kSections)
    if (row.name.starts_with(section.prefix)) last = &section;
  return *last;
}

std::string_view typeName(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Histogram:
      return "histogram";
  }
  return "";
}

std::string labelCell(const MetricRow& row) {
  std::string cell;
  for (size_t i = 0; i < row.labelCount(); ++i) cell += fmt::format("{}`{}`", i == 0 ? "" : ", ", row.label(i));
  return cell;
}

std::string capCell(const MetricRow& row) { return row.givenLabels() == 0 ? "" : fmt::format("{}", row.cap); }

std::string sectionTable(const Section& section) {
  std::string text =
      fmt::format("\n## {}\n\n| metric | type | labels | cap | meaning |\n|---|---|---|---|---|\n", section.title);
  for (const MetricRow& row : kMetrics) {
    if (&sectionOf(row) != &section || !row.isShown()) continue;
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", row.name, typeName(row.type), labelCell(row), capCell(row),
                        row.help);
  }
  return text;
}

std::string bucketTable() {
  std::string text(kBucketsIntroduction);
  for (const MetricRow& row : kMetrics) {
    if (row.buckets == nullptr) continue;
    std::string bounds;
    for (size_t i = 0; i < row.buckets->count(); ++i)
      bounds += fmt::format("{}{:g}", i == 0 ? "" : ", ", static_cast<double>(row.buckets->bound(i)) / row.per_unit);
    text += fmt::format("| `{}` | {} |\n", row.name, bounds);
  }
  return text;
}

}  // namespace

std::string metricsReference() {
  std::string text = fmt::format(kIntroduction, SeriesKey::kMaxValue);
  for (const Section& section : kSections) text += sectionTable(section);
  return text + bucketTable();
}

}  // namespace weir
