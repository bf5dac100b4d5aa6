// SPDX-License-Identifier: Apache-2.0
#pragma once
// The one table of metrics. The segment's caps, the exporter and docs/metrics.md are derived from it: add an enumerator
// and a row, and all of them know it. Names: `weir_`, base units, `_total` for counters; an enumerator is the name
// without the prefix. Labels never hold what a client can choose freely (addresses, hosts, paths).

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "shared/stats/buckets.h"
#include "shared/stats/cell.h"

namespace weir {

enum class Metric : uint16_t {
  BuildInfo,
  StartTimeSeconds,
  ConfigReloadsTotal,
  ConfigLastReloadSuccessful,
  ConfigLastReloadSuccessTimestampSeconds,
  ConfigGeneration,
  ConfigInfo,
  OldestGenerationAgeSeconds,
  DrainingConnections,
  Workers,
  WorkerExitsTotal,
  MonitorExitsTotal,
  DrainEndedConnectionsTotal,
  ScrapeDurationSeconds,
  MetricsSeriesDroppedTotal,
  WorkerUp,
  WorkerCpuSecondsTotal,
  WorkerResidentMemoryBytes,
  WorkerOpenFds,
  WorkerMaxFds,
  WorkerConnections,
  WorkerConnectionsLimit,
  WorkerEventLoopBusySecondsTotal,
  WorkerEventLoopLagSeconds,
  WorkerHeartbeatTimestampSeconds,
  WorkerLogDroppedTotal,
  WorkerLogTruncatedTotal,
  ListenerConnectionsAcceptedTotal,
  ListenerConnectionsActive,
  ListenerConnectionsRejectedTotal,
  ListenerBytesTotal,
  ListenerAcceptQueueLength,
  ListenerAcceptQueueLimit,
  TlsHandshakesTotal,
  TlsHandshakeFailuresTotal,
  TlsHandshakeDurationSeconds,
  TlsKtlsConnectionsTotal,
  TlsCertificateNotAfterTimestampSeconds,
  TlsSessionCacheLookupsTotal,
  TlsSessionCacheStoresTotal,
  TlsOcspFetchesTotal,
  HttpRequestsTotal,
  HttpRequestsInFlight,
  HttpRequestDurationSeconds,
  HttpResponseTtfbSeconds,
  HttpRequestBytesTotal,
  HttpResponseBytesTotal,
  HttpAbortsTotal,
  HttpParseErrorsTotal,
  LimitConnTotal,
  StaticFileErrorsTotal,
  StaticFileCacheRequestsTotal,
  StaticFileCacheFiles,
  StaticFileCacheBytes,
  StaticDiskWaitsTotal,
  UpstreamRequestsTotal,
  UpstreamRequestDurationSeconds,
  UpstreamConnectDurationSeconds,
  UpstreamHeaderDurationSeconds,
  UpstreamConnections,
  UpstreamConnectionsOpenedTotal,
  UpstreamConnectionsReusedTotal,
  UpstreamConnectFailuresTotal,
  UpstreamResponseFailuresTotal,
  UpstreamRetriesTotal,
  UpstreamRetriesDeniedTotal,
  UpstreamNoLiveTotal,
  StreamSessionsTotal,
  StreamSessionsActive,
  StreamSessionDurationSeconds,
  StreamBytesTotal,
  UdpDatagramsTotal,
  UdpDatagramsDroppedTotal,
  UdpSessionsActive,
  UpstreamPeerHealth,
  UpstreamPeerUp,
  UpstreamPeerState,
  UpstreamPeerWeight,
  UpstreamPeers,
  UpstreamStateChangesTotal,
  DnsQueriesTotal,
  DnsLastSuccessTimestampSeconds,
  kCount,
};

enum class MetricType : uint8_t { Counter, Gauge, Histogram };

// Where the exporter takes a value from. A metric per worker needs no series per worker: the same cell of each slot is
// that worker's value.
enum class CellOrigin : uint8_t {
  Summed,     // a series' cells, summed over all slots
  PerWorker,  // one series without label values; each worker's cell is a row, the slot gives the label `worker`
  Highest,    // a series' cell, the greatest of all slots; shown once it is more than zero
  Rendered,   // no cells: the exporter knows it at the scrape (/proc, slot headers, the kernel's sockets)
  Record,     // kRecordCells that are no metric themselves: the exporter makes rows of them (peer_record.h)
};

inline constexpr uint32_t kRecordCells = 8;

inline constexpr size_t kMaxLabels = 5;

// Caps guard the segment, not taste: the cells of all families, full, must fit a slot (checked below).
struct MetricRow {
  Metric metric;
  std::string_view name;
  MetricType type;
  CellOrigin origin;
  std::string_view labels;  // names, with commas between
  double per_unit;          // a cell's integer divided by it is the exported value
  const Buckets* buckets;   // of a histogram, else null
  uint32_t cap;             // series of the family; what is beyond counts as __other__
  std::string_view help;    // without newlines and backslashes

  constexpr size_t labelCount() const {
    if (labels.empty()) return 0;
    return 1 + static_cast<size_t>(std::count(labels.begin(), labels.end(), ','));
  }
  // REQUIRES: i < labelCount()
  constexpr std::string_view label(size_t i) const {
    std::string_view rest = labels;
    for (; i > 0; --i) rest.remove_prefix(rest.find(',') + 1);
    return rest.substr(0, rest.find(','));
  }
  // Label values that a series is asked for with.
  constexpr size_t givenLabels() const {
    return origin == CellOrigin::PerWorker || origin == CellOrigin::Rendered ? 0 : labelCount();
  }
  constexpr bool hasCells() const { return origin != CellOrigin::Rendered; }
  constexpr bool isShown() const { return origin != CellOrigin::Record; }
  // REQUIRES: hasCells()
  constexpr uint32_t cells() const {
    if (origin == CellOrigin::Record) return kRecordCells;
    return type == MetricType::Histogram ? buckets->cells() : 1;
  }
};

// Plain counts and bytes; cells in microseconds, exported in seconds.
inline constexpr double kOne = 1;
inline constexpr double kMicro = 1e6;

inline constexpr size_t kMetricCount = static_cast<size_t>(Metric::kCount);

inline constexpr std::array<MetricRow, kMetricCount> kMetrics{{
    {Metric::BuildInfo, "weir_build_info", MetricType::Gauge, CellOrigin::Summed, "version,revision,libevent,tls", kOne,
     nullptr, 1, "Always 1; the labels say what is running."},
    {Metric::StartTimeSeconds, "weir_start_time_seconds", MetricType::Gauge, CellOrigin::Summed, "", kMicro, nullptr, 1,
     "When the master started, in seconds since the epoch."},
    {Metric::ConfigReloadsTotal, "weir_config_reloads_total", MetricType::Counter, CellOrigin::Summed, "result", kOne,
     nullptr, 4, "Reloads asked for, by result: ok or failed."},
    {Metric::ConfigLastReloadSuccessful, "weir_config_last_reload_successful", MetricType::Gauge, CellOrigin::Summed,
     "", kOne, nullptr, 1, "1 when the last reload was applied, 0 when it was refused."},
    {Metric::ConfigLastReloadSuccessTimestampSeconds, "weir_config_last_reload_success_timestamp_seconds",
     MetricType::Gauge, CellOrigin::Summed, "", kMicro, nullptr, 1,
     "When the serving configuration was applied, in seconds since the epoch."},
    {Metric::ConfigGeneration, "weir_config_generation", MetricType::Gauge, CellOrigin::Summed, "", kOne, nullptr, 1,
     "Number of the serving configuration, 1 at the start."},
    {Metric::ConfigInfo, "weir_config_info", MetricType::Gauge, CellOrigin::Rendered, "sha256", kOne, nullptr, 1,
     "Always 1; the label is the digest of the files that the serving configuration was read from."},
    {Metric::OldestGenerationAgeSeconds, "weir_oldest_generation_age_seconds", MetricType::Gauge, CellOrigin::Rendered,
     "", kMicro, nullptr, 1,
     "Time since a newer configuration took the place of the oldest one that something still uses; 0 when nothing "
     "does."},
    {Metric::DrainingConnections, "weir_draining_connections", MetricType::Gauge, CellOrigin::Rendered, "generation",
     kOne, nullptr, 256,
     "Exchanges that began with an older configuration, and connections of workers that are ending, by the number of "
     "the oldest configuration that their worker uses."},
    {Metric::Workers, "weir_workers", MetricType::Gauge, CellOrigin::Rendered, "state", kOne, nullptr, 4,
     "Worker processes by state."},
    {Metric::WorkerExitsTotal, "weir_worker_exits_total", MetricType::Counter, CellOrigin::Summed, "reason", kOne,
     nullptr, 16, "Worker processes that ended, by reason: ok, crash, hang, oom or drain_timeout."},
    {Metric::MonitorExitsTotal, "weir_monitor_exits_total", MetricType::Counter, CellOrigin::Summed, "reason", kOne,
     nullptr, 16, "Monitor processes that ended, by reason, as of workers."},
    {Metric::DrainEndedConnectionsTotal, "weir_drain_ended_connections_total", MetricType::Counter, CellOrigin::Summed,
     "", kOne, nullptr, 1, "Connections that outlasted a drain and were ended at its worker_shutdown_timeout."},
    {Metric::ScrapeDurationSeconds, "weir_scrape_duration_seconds", MetricType::Gauge, CellOrigin::Rendered, "", kMicro,
     nullptr, 1, "Time that the rendering of the previous scrape took."},
    {Metric::MetricsSeriesDroppedTotal, "weir_metrics_series_dropped_total", MetricType::Counter, CellOrigin::Rendered,
     "", kOne, nullptr, 1, "Times that a new series was refused because its family, or the room for labels, was full."},
    {Metric::WorkerUp, "weir_worker_up", MetricType::Gauge, CellOrigin::Rendered, "worker", kOne, nullptr, 256,
     "1 while the worker's process runs."},
    {Metric::WorkerCpuSecondsTotal, "weir_worker_cpu_seconds_total", MetricType::Counter, CellOrigin::Rendered,
     "worker", kOne, nullptr, 256, "User and system time of the worker's process."},
    {Metric::WorkerResidentMemoryBytes, "weir_worker_resident_memory_bytes", MetricType::Gauge, CellOrigin::Rendered,
     "worker", kOne, nullptr, 256, "Resident memory of the worker's process."},
    {Metric::WorkerOpenFds, "weir_worker_open_fds", MetricType::Gauge, CellOrigin::Rendered, "worker", kOne, nullptr,
     256, "Open file descriptors of the worker's process."},
    {Metric::WorkerMaxFds, "weir_worker_max_fds", MetricType::Gauge, CellOrigin::Rendered, "worker", kOne, nullptr, 256,
     "Limit of open file descriptors of the worker's process."},
    {Metric::WorkerConnections, "weir_worker_connections", MetricType::Gauge, CellOrigin::PerWorker, "worker", kOne,
     nullptr, 1, "Connections that the worker holds, of both sides."},
    {Metric::WorkerConnectionsLimit, "weir_worker_connections_limit", MetricType::Gauge, CellOrigin::PerWorker,
     "worker", kOne, nullptr, 1, "The worker's worker_connections."},
    {Metric::WorkerEventLoopBusySecondsTotal, "weir_worker_event_loop_busy_seconds_total", MetricType::Counter,
     CellOrigin::PerWorker, "worker", kMicro, nullptr, 1, "Time that the worker's event loop spent outside its wait."},
    {Metric::WorkerEventLoopLagSeconds, "weir_worker_event_loop_lag_seconds", MetricType::Histogram,
     CellOrigin::PerWorker, "worker", kMicro, &kLoopBuckets, 1,
     "Time of one turn of the worker's event loop: how late an event may be served."},
    {Metric::WorkerHeartbeatTimestampSeconds, "weir_worker_heartbeat_timestamp_seconds", MetricType::Gauge,
     CellOrigin::Rendered, "worker", kMicro, nullptr, 256,
     "Last sign of life of the worker's event loop, in seconds since the epoch."},
    {Metric::WorkerLogDroppedTotal, "weir_worker_log_dropped_total", MetricType::Counter, CellOrigin::PerWorker,
     "worker", kOne, nullptr, 1, "Log lines that the worker dropped because its log could not keep up."},
    {Metric::WorkerLogTruncatedTotal, "weir_worker_log_truncated_total", MetricType::Counter, CellOrigin::PerWorker,
     "worker", kOne, nullptr, 1, "Log lines that were too long, so that values in them were cut."},
    {Metric::ListenerConnectionsAcceptedTotal, "weir_listener_connections_accepted_total", MetricType::Counter,
     CellOrigin::Summed, "listener,protocol", kOne, nullptr, 1'000, "Connections accepted."},
    {Metric::ListenerConnectionsActive, "weir_listener_connections_active", MetricType::Gauge, CellOrigin::Summed,
     "listener", kOne, nullptr, 1'000, "Connections open."},
    {Metric::ListenerConnectionsRejectedTotal, "weir_listener_connections_rejected_total", MetricType::Counter,
     CellOrigin::Summed, "listener,reason", kOne, nullptr, 2'000,
     "Connections closed before they were served, by reason."},
    {Metric::ListenerBytesTotal, "weir_listener_bytes_total", MetricType::Counter, CellOrigin::Summed,
     "listener,direction", kOne, nullptr, 2'000, "Bytes received from (in) and sent to (out) clients."},
    {Metric::ListenerAcceptQueueLength, "weir_listener_accept_queue_length", MetricType::Gauge, CellOrigin::Rendered,
     "listener", kOne, nullptr, 1'000,
     "Connections that the kernel has made and no worker has accepted yet, over the sockets of a TCP address."},
    {Metric::ListenerAcceptQueueLimit, "weir_listener_accept_queue_limit", MetricType::Gauge, CellOrigin::Rendered,
     "listener", kOne, nullptr, 1'000,
     "How many may wait to be accepted before the kernel drops others: the backlogs of the address' sockets, summed."},
    {Metric::TlsHandshakesTotal, "weir_tls_handshakes_total", MetricType::Counter, CellOrigin::Summed,
     "listener,version,resumed", kOne, nullptr, 1'000, "TLS handshakes with clients that succeeded."},
    {Metric::TlsHandshakeFailuresTotal, "weir_tls_handshake_failures_total", MetricType::Counter, CellOrigin::Summed,
     "reason", kOne, nullptr, 32, "TLS handshakes with clients that failed, by reason."},
    {Metric::TlsHandshakeDurationSeconds, "weir_tls_handshake_duration_seconds", MetricType::Histogram,
     CellOrigin::Summed, "", kMicro, &kExchangeBuckets, 1,
     "Time from accepting a connection to the end of its handshake."},
    {Metric::TlsKtlsConnectionsTotal, "weir_tls_ktls_connections_total", MetricType::Counter, CellOrigin::Summed, "",
     kOne, nullptr, 1,
     "TLS connections with clients that the kernel encrypts for (ssl_ktls), from their first large file on."},
    {Metric::TlsCertificateNotAfterTimestampSeconds, "weir_tls_certificate_not_after_timestamp_seconds",
     MetricType::Gauge, CellOrigin::Summed, "server,serial", kMicro, nullptr, 1'024,
     "When a server's certificate expires, in seconds since the epoch."},
    {Metric::TlsSessionCacheLookupsTotal, "weir_tls_session_cache_lookups_total", MetricType::Counter,
     CellOrigin::Summed, "cache,result", kOne, nullptr, 64, "Sessions that clients asked for by an id: hit or miss."},
    {Metric::TlsSessionCacheStoresTotal, "weir_tls_session_cache_stores_total", MetricType::Counter, CellOrigin::Summed,
     "cache,result", kOne, nullptr, 128,
     "Sessions to be kept, by result: stored in free room, evicted (one that could still be resumed made room), or "
     "too_large."},
    {Metric::TlsOcspFetchesTotal, "weir_tls_ocsp_fetches_total", MetricType::Counter, CellOrigin::Summed, "result",
     kOne, nullptr, 16, "OCSP responses asked for (ssl_stapling), by result: ok, or what went wrong."},
    {Metric::HttpRequestsTotal, "weir_http_requests_total", MetricType::Counter, CellOrigin::Summed,
     "server,route,method,code,protocol", kOne, nullptr, 16'000, "Requests that ended."},
    {Metric::HttpRequestsInFlight, "weir_http_requests_in_flight", MetricType::Gauge, CellOrigin::Summed, "server",
     kOne, nullptr, 1'000, "Requests begun and not ended."},
    {Metric::HttpRequestDurationSeconds, "weir_http_request_duration_seconds", MetricType::Histogram,
     CellOrigin::Summed, "server,route,code_class", kMicro, &kExchangeBuckets, 4'000,
     "From the first byte of a request to the end of its response."},
    {Metric::HttpResponseTtfbSeconds, "weir_http_response_ttfb_seconds", MetricType::Histogram, CellOrigin::Summed,
     "server,route,code_class", kMicro, &kExchangeBuckets, 4'000,
     "From the first byte of a request to the first byte of its response."},
    {Metric::HttpRequestBytesTotal, "weir_http_request_bytes_total", MetricType::Counter, CellOrigin::Summed, "server",
     kOne, nullptr, 1'000, "Bytes of request heads and bodies received."},
    {Metric::HttpResponseBytesTotal, "weir_http_response_bytes_total", MetricType::Counter, CellOrigin::Summed,
     "server", kOne, nullptr, 1'000, "Bytes of response heads and bodies sent."},
    {Metric::HttpAbortsTotal, "weir_http_aborts_total", MetricType::Counter, CellOrigin::Summed, "side,phase,reason",
     kOne, nullptr, 1'000, "Exchanges that ended early: who ended them, in which phase, and why."},
    {Metric::HttpParseErrorsTotal, "weir_http_parse_errors_total", MetricType::Counter, CellOrigin::Summed, "reason",
     kOne, nullptr, 100, "Requests refused by the parser."},
    {Metric::LimitConnTotal, "weir_limit_conn_total", MetricType::Counter, CellOrigin::Summed, "zone,result", kOne,
     nullptr, 500,
     "Requests and sessions that limit_conn looked at: passed; rejected, because there were as many as may be; "
     "zone_full, rejected for want of room to count them; dry_run, which would have been rejected."},
    {Metric::StaticFileErrorsTotal, "weir_static_file_errors_total", MetricType::Counter, CellOrigin::Summed, "errno",
     kOne, nullptr, 50, "Files that could not be opened, listed or read, by the system's reason."},
    {Metric::StaticFileCacheRequestsTotal, "weir_static_file_cache_requests_total", MetricType::Counter,
     CellOrigin::Summed, "result", kOne, nullptr, 10,
     "Files looked for in open_file_cache: hit, miss, or expired and looked up again."},
    {Metric::StaticFileCacheFiles, "weir_static_file_cache_files", MetricType::Gauge, CellOrigin::Summed, "", kOne,
     nullptr, 1, "Files in the workers' open_file_cache."},
    {Metric::StaticFileCacheBytes, "weir_static_file_cache_bytes", MetricType::Gauge, CellOrigin::Summed, "", kOne,
     nullptr, 1, "Content of small files in the workers' open_file_cache."},
    {Metric::StaticDiskWaitsTotal, "weir_static_disk_waits_total", MetricType::Counter, CellOrigin::Summed, "", kOne,
     nullptr, 1, "Pieces of files that were not in memory and that a thread beside the loop had to read."},
    {Metric::UpstreamRequestsTotal, "weir_upstream_requests_total", MetricType::Counter, CellOrigin::Summed,
     "upstream,peer,code", kOne, nullptr, 16'000, "Responses of a peer, by status code."},
    {Metric::UpstreamRequestDurationSeconds, "weir_upstream_request_duration_seconds", MetricType::Histogram,
     CellOrigin::Summed, "upstream", kMicro, &kExchangeBuckets, 1'000,
     "From the choice of a peer to the end of its response."},
    {Metric::UpstreamConnectDurationSeconds, "weir_upstream_connect_duration_seconds", MetricType::Histogram,
     CellOrigin::Summed, "upstream", kMicro, &kExchangeBuckets, 1'000, "Time that a new connection to a peer took."},
    {Metric::UpstreamHeaderDurationSeconds, "weir_upstream_header_duration_seconds", MetricType::Histogram,
     CellOrigin::Summed, "upstream", kMicro, &kExchangeBuckets, 1'000,
     "From the choice of a peer to its complete response head."},
    {Metric::UpstreamConnections, "weir_upstream_connections", MetricType::Gauge, CellOrigin::Summed,
     "upstream,peer,state", kOne, nullptr, 8'000,
     "Connections to a peer: active ones serve an exchange, idle ones wait in the pool."},
    {Metric::UpstreamConnectionsOpenedTotal, "weir_upstream_connections_opened_total", MetricType::Counter,
     CellOrigin::Summed, "upstream,peer", kOne, nullptr, 4'000, "New connections to a peer."},
    {Metric::UpstreamConnectionsReusedTotal, "weir_upstream_connections_reused_total", MetricType::Counter,
     CellOrigin::Summed, "upstream,peer", kOne, nullptr, 4'000, "Exchanges that took a connection from the pool."},
    {Metric::UpstreamConnectFailuresTotal, "weir_upstream_connect_failures_total", MetricType::Counter,
     CellOrigin::Summed, "upstream,peer,reason", kOne, nullptr, 4'000, "Connections that could not be made."},
    {Metric::UpstreamResponseFailuresTotal, "weir_upstream_response_failures_total", MetricType::Counter,
     CellOrigin::Summed, "upstream,peer,reason", kOne, nullptr, 8'000,
     "Responses that failed after the connection was made."},
    {Metric::UpstreamRetriesTotal, "weir_upstream_retries_total", MetricType::Counter, CellOrigin::Summed,
     "upstream,reason", kOne, nullptr, 2'000,
     "Requests passed on to another peer, by the failure of the previous one."},
    {Metric::UpstreamRetriesDeniedTotal, "weir_upstream_retries_denied_total", MetricType::Counter, CellOrigin::Summed,
     "upstream,reason", kOne, nullptr, 2'000, "Failed tries that were not repeated, by what forbade it."},
    {Metric::UpstreamNoLiveTotal, "weir_upstream_no_live_total", MetricType::Counter, CellOrigin::Summed, "upstream",
     kOne, nullptr, 1'000, "Requests for which no peer was usable."},
    {Metric::StreamSessionsTotal, "weir_stream_sessions_total", MetricType::Counter, CellOrigin::Summed,
     "listener,upstream,reason", kOne, nullptr, 4'000, "Sessions of streams that ended, by why: none, or a failure."},
    {Metric::StreamSessionsActive, "weir_stream_sessions_active", MetricType::Gauge, CellOrigin::Summed, "listener",
     kOne, nullptr, 1'000, "Sessions of streams that go on."},
    {Metric::StreamSessionDurationSeconds, "weir_stream_session_duration_seconds", MetricType::Histogram,
     CellOrigin::Summed, "listener", kMicro, &kSessionBuckets, 1'000, "How long sessions of streams lasted."},
    {Metric::StreamBytesTotal, "weir_stream_bytes_total", MetricType::Counter, CellOrigin::Summed,
     "listener,upstream,direction", kOne, nullptr, 4'000,
     "Bytes of ended sessions that clients sent (in) and were sent (out)."},
    {Metric::UdpDatagramsTotal, "weir_udp_datagrams_total", MetricType::Counter, CellOrigin::Summed,
     "listener,direction", kOne, nullptr, 2'000, "Datagrams that clients sent (in) and were sent (out)."},
    {Metric::UdpDatagramsDroppedTotal, "weir_udp_datagrams_dropped_total", MetricType::Counter, CellOrigin::Summed,
     "listener,reason", kOne, nullptr, 4'000, "Datagrams that were not passed on, by reason."},
    {Metric::UdpSessionsActive, "weir_udp_sessions_active", MetricType::Gauge, CellOrigin::Summed, "listener", kOne,
     nullptr, 1'000, "UDP sessions that go on."},
    {Metric::UpstreamPeerHealth, "weir_upstream_peer_health", MetricType::Gauge, CellOrigin::Record, "upstream,peer",
     kOne, nullptr, 4'000, "What the workers know together of a peer."},
    {Metric::UpstreamPeerUp, "weir_upstream_peer_up", MetricType::Gauge, CellOrigin::Rendered, "upstream,peer", kOne,
     nullptr, 4'000, "1 while the peer takes requests: it is neither configured as down nor failing."},
    {Metric::UpstreamPeerState, "weir_upstream_peer_state", MetricType::Gauge, CellOrigin::Rendered,
     "upstream,peer,state", kOne, nullptr, 12'000,
     "1 for the state that the peer is in: up; unavailable, after max_fails failures, until it answers again; down, by "
     "configuration."},
    {Metric::UpstreamPeerWeight, "weir_upstream_peer_weight", MetricType::Gauge, CellOrigin::Rendered, "upstream,peer",
     kOne, nullptr, 4'000, "The peer's configured weight."},
    {Metric::UpstreamPeers, "weir_upstream_peers", MetricType::Gauge, CellOrigin::Rendered, "upstream,state", kOne,
     nullptr, 3'000, "Peers of an upstream by state."},
    {Metric::UpstreamStateChangesTotal, "weir_upstream_state_changes_total", MetricType::Counter, CellOrigin::Summed,
     "upstream,peer,to,cause", kOne, nullptr, 8'000,
     "Changes of a peer's state (to: up or unavailable), by what caused it: passive is the outcome of requests."},
    {Metric::DnsQueriesTotal, "weir_dns_queries_total", MetricType::Counter, CellOrigin::Summed, "resolver,result",
     kOne, nullptr, 100, "Answers about host names of upstreams: found, not_found, or temporary (nobody knew)."},
    {Metric::DnsLastSuccessTimestampSeconds, "weir_dns_last_success_timestamp_seconds", MetricType::Gauge,
     CellOrigin::Highest, "name", kMicro, nullptr, 1'000,
     "When a worker last learnt addresses of the name, in seconds since the epoch."},
}};

constexpr const MetricRow& rowOf(Metric metric) { return kMetrics[static_cast<size_t>(metric)]; }

consteval bool metricsAreInOrder() {
  for (size_t i = 0; i < kMetrics.size(); ++i)
    if (static_cast<size_t>(kMetrics[i].metric) != i) return false;
  return true;
}
consteval bool metricsAreSound() {
  for (const MetricRow& row : kMetrics) {
    if (row.cap == 0 || row.labelCount() > kMaxLabels) return false;
    if (row.type == MetricType::Counter && !row.name.ends_with("_total")) return false;
    if (row.help.find_first_of("\n\\") != std::string_view::npos) return false;
  }
  return true;
}
static_assert(metricsAreInOrder(), "kMetrics must list every Metric in its order");
static_assert(metricsAreSound(), "a row lacks a cap, has too many labels, or a name or help that does not fit");

// With every family full and its __other__ in use. The directory is sized by these, so it can not run out.
consteval uint32_t seriesAtMost() {
  uint32_t sum = 0;
  for (const MetricRow& row : kMetrics) sum += row.hasCells() ? row.cap + 1 : 0;
  return sum;
}
consteval size_t cellsAtMost() {
  size_t sum = kScrapCells;
  for (const MetricRow& row : kMetrics) sum += row.hasCells() ? size_t{row.cells()} * (row.cap + 1) : 0;
  return sum;
}
static_assert(cellsAtMost() <= kCellsPerSlot, "the families' caps exceed a slot");

}  // namespace weir
