// SPDX-License-Identifier: Apache-2.0
#include "worker/http/http_metrics.h"

#include <array>
#include <utility>

namespace weir {
namespace {

std::string_view codeClass(uint16_t status) {
  constexpr std::array<std::string_view, 6> kClasses{"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
  size_t index = status / 100;
  return index < kClasses.size() ? kClasses[index] : kClasses[0];
}

// The metric's closed set of methods (docs/metrics.md).
std::string_view methodLabel(Method method) {
  bool common = method >= Method::Get && method <= Method::Connect;
  return common ? methodName(method) : "other";
}

}  // namespace

ServerMetrics::ServerMetrics(Segment* segment, const std::string& server) {
  if (segment == nullptr) return;
  in_flight = segment->series(Metric::HttpRequestsInFlight, {server});
  request_bytes = segment->series(Metric::HttpRequestBytesTotal, {server});
  response_bytes = segment->series(Metric::HttpResponseBytesTotal, {server});
}

RouteMetrics::Row RouteMetrics::makeRow(Method method, uint16_t status) {
  Row row{static_cast<uint32_t>(method) << 16 | status, 0, {}, {}, true};
  if (segment_ == nullptr) return row;
  std::string code = std::to_string(status);
  std::string_view status_class = codeClass(status);
  auto find = [&](Metric metric, const LabelValues& labels) {
    Lookup found = segment_->lookup(metric, labels);
    row.settled = row.settled && found.settled;
    return found.index;
  };
  LabelValues timed{server_, route_, status_class};
  row.requests = find(Metric::HttpRequestsTotal, {server_, route_, methodLabel(method), code, "h1"});
  row.duration = {Metric::HttpRequestDurationSeconds, find(Metric::HttpRequestDurationSeconds, timed)};
  row.first_byte = {Metric::HttpResponseTtfbSeconds, find(Metric::HttpResponseTtfbSeconds, timed)};
  return row;
}

RouteMetrics::Row& RouteMetrics::rowFor(Method method, uint16_t status) {
  uint32_t key = static_cast<uint32_t>(method) << 16 | status;
  for (size_t i = 0; i < rows_.size(); ++i) {
    if (rows_[i].key != key) continue;
    if (i > 0) std::swap(rows_[i], rows_[0]);
    // The directory was busy when it was asked: __other__ stands in until it is not.
    if (!rows_[0].settled) rows_[0] = makeRow(method, status);
    return rows_[0];
  }
  rows_.push_back(makeRow(method, status));
  std::swap(rows_.back(), rows_.front());
  return rows_.front();
}

void RouteMetrics::count(const Done& done) {
  Row& row = rowFor(done.method, done.status);
  stats::add(row.requests);
  row.duration.observe(done.duration);
  row.first_byte.observe(done.first_byte);
}

void countFailure(Segment& segment, const Failure& failure, bool head_sent) {
  constexpr std::array<std::string_view, 4> kSides{"none", "client", "upstream", "proxy"};
  const FailureRow& row = failure.row();
  std::string_view phase = head_sent ? "response" : "request";
  stats::add(segment.series(Metric::HttpAbortsTotal, {kSides[static_cast<size_t>(row.fault)], phase, row.name}));
}

void countParseError(Segment& segment, Cause cause) {
  stats::add(segment.series(Metric::HttpParseErrorsTotal, {rowOf(cause).name}));
}

}  // namespace weir
