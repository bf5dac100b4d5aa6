// SPDX-License-Identifier: Apache-2.0
#pragma once
// Settings: a whole configuration as plain values, inheritance already applied. What the loader gives and what the
// master (processes, sockets) and a worker's Runtime are built from. Nothing here is compiled: patterns, templates and
// addresses that need more than parsing stay text with the place they came from.
// Every member that a directive sets has one row in directives_*.h, which also gives its default.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/config/content_settings.h"
#include "shared/config/diagnostics.h"
#include "shared/config/setting_types.h"

namespace weir {

// "auto" or a count.
struct AutoNumber {
  std::optional<uint32_t> value;  // empty: auto
};

// Who the children become. Empty unless the master began as root: nobody else can change.
struct UserSetting {
  std::string user;   // empty: stay who we are
  std::string group;  // empty: the user's own
};

// CPUs by number, sorted; empty: as it is.
using CpuSet = std::vector<uint16_t>;

struct AffinitySetting {
  bool automatic = false;     // each worker a CPU of its own, out of the mask or of all
  std::vector<CpuSet> masks;  // otherwise worker n gets the nth one, those beyond the last one
};

// worker_priority: of the scheduler, -20 is the most urgent.
struct Niceness {
  int value = 0;
};

// A syslog server, and what its messages begin with. The numbers are RFC 3164's.
struct SyslogSetting {
  Address server;
  uint8_t facility = 23;  // local7
  uint8_t severity = 6;   // info; an error_log's lines have that of their level instead
  std::string tag = "weir";
  bool hostname = true;
};

struct ErrorLogSetting {
  std::string path;  // absolute, "stderr", or "syslog:..." as written
  LogLevel level = LogLevel::Error;
  bool json = false;
  std::optional<SyslogSetting> syslog;
  Origin origin;
};

struct ResolverSetting {
  std::vector<Address> servers;       // empty: the system's (resolv.conf)
  std::optional<Milliseconds> valid;  // overrides the TTL
  bool ipv4 = true;
  bool ipv6 = true;
};

struct ListenSetting {
  Address address;
  bool udp = false;
  bool proxy_protocol = false;  // clients are trusted proxies, and say first for whom they come
  bool default_server = false;
  uint32_t backlog = 511;
  std::optional<Size> rcvbuf;
  std::optional<Size> sndbuf;
  bool ipv6only = true;
  bool deferred = false;
  bool ssl = false;          // all lines of an address agree: one that says it is enough
  uint32_t fastopen = 0;     // queue length; 0: off
  std::string so_keepalive;  // nginx's argument: "", "on", "off" or "30m::10"
  Origin origin;

  // What tells sockets apart, and what descriptors are known by: "127.0.0.1:80", "udp:127.0.0.1:53".
  std::string key() const { return (udp ? "udp:" : "") + address.toString(); }
};

struct AccessRule {
  bool allow = false;
  Network network;
};

// add_header, proxy_set_header: these lists are complete, what an inner section inherits is merged in and what it
// clears with "none" is gone. A name may stand more than once. An empty value means that nothing is sent.
struct HeaderSetting {
  std::string name;
  TemplateText value;
  bool always = false;  // add_header only
};

struct LogFormatSetting {
  enum class Escape : uint8_t { Default, Json, None };
  std::string name;
  Escape escape = Escape::Default;
  TemplateText text;
};

struct AccessLogSetting {
  std::string path;  // absolute, "stdout", "stderr", or "syslog:..." as written
  std::optional<SyslogSetting> syslog;
  std::string format = "combined";
  std::optional<Size> buffer;
  std::optional<Milliseconds> flush;
  TemplateText condition;  // if=; empty: always
  Origin origin;
};

// limit_conn_zone: how many connections or requests each value of the key has, of all workers.
struct LimitConnZoneSetting {
  std::string name;
  TemplateText key;
  Size size;
};

struct LimitConnSetting {
  std::string zone;
  uint32_t number = 0;
  Origin origin;
};

// limit_conn_log_level
struct LimitLogLevel {
  LogLevel level = LogLevel::Error;
};

struct LargeBuffersSetting {
  uint32_t number = 4;
  Size size{8192};
};

struct KeepaliveTimeoutSetting {
  Milliseconds timeout{75000};
  std::optional<Milliseconds> header;  // sent as "Keep-Alive: timeout=N"
};

struct ReturnSetting {
  uint16_t code = 0;  // 0: unset; 444 closes without an answer
  TemplateText text;  // body, or URL for 301 302 303 307 308
};

// Bits of proxy_next_upstream.
struct NextUpstreamSetting {
  bool error = true;
  bool timeout = true;
  bool invalid_header = false;
  bool non_idempotent = false;
  bool http_500 = false, http_502 = false, http_503 = false, http_504 = false;
  bool http_403 = false, http_404 = false, http_429 = false;
};

struct RedirectRule {  // proxy_redirect
  enum class Kind : uint8_t { Default, Off, Replace };
  Kind kind = Kind::Default;
  TemplateText from;
  TemplateText to;
};

// Bits of ssl_protocols.
struct TlsVersions {
  bool tls12 = true;
  bool tls13 = true;
};

struct NamedValue {  // ssl_conf_command
  std::string name;
  std::string value;
  Origin origin;
};

// ssl_session_cache: where the sessions are that a client knows by an id. Tickets are another thing.
struct SessionCacheSetting {
  bool off = false;      // clients are told that there are none; without any cache they only find none
  uint32_t builtin = 0;  // sessions in each worker's memory; 0: none
  std::string shared;    // the name of memory that all workers use; empty: none
  Size size;             // of that memory
  Origin origin;
};
enum class VerifyClient : uint8_t { Off, On, Optional, OptionalNoCa };

// ssl_*: what a listening server says in a handshake.
struct TlsSettings {
  std::vector<FileText> certificate;      // chains; several for several kinds of key
  std::vector<FileText> certificate_key;  // as many, in the same order
  FileText password_file;
  TlsVersions protocols;
  std::string ciphers;
  std::vector<NamedValue> conf_command;
  std::string ecdh_curve;
  FileText dhparam;
  bool prefer_server_ciphers = false;
  bool reject_handshake = false;
  std::vector<std::string>
      alpn;  // protocols (RFC 7301), the best first; empty: whatever clients offer is not looked at
  Milliseconds handshake_timeout{};
  Size buffer_size{};

  SessionCacheSetting session_cache;
  Milliseconds session_timeout{};
  bool session_tickets = true;
  std::vector<FileText> session_ticket_key;  // the first encrypts, all decrypt; empty: the master makes them

  VerifyClient verify_client = VerifyClient::Off;
  uint32_t verify_depth = 1;
  FileText client_certificate;
  FileText trusted_certificate;
  FileText crl;
  FileText stapling_file;
  bool stapling = false;           // responses are fetched from the authority
  bool stapling_verify = false;    // and checked before they are sent
  std::string stapling_responder;  // http://host[:port]/path; empty: the one that the certificate names
  bool early_data = false;
  bool ktls = false;  // the kernel makes records of large files, where it can
};

// proxy_ssl_*: what is said to a server in a handshake.
struct ProxyTlsSettings {
  FileText certificate;
  FileText certificate_key;
  FileText password_file;
  TlsVersions protocols;
  std::string ciphers;
  std::vector<NamedValue> conf_command;
  std::string name;  // empty: the host of proxy_pass
  bool server_name = true;
  bool session_reuse = true;
  bool verify = true;
  uint32_t verify_depth = 1;
  FileText trusted_certificate;  // unset: the system's
  FileText crl;
};

enum class LingeringClose : uint8_t { Off, On, Always };

// Everything that [http], [server] and [location] share: the innermost value holds.
struct HttpSettings {
  // reading requests
  Milliseconds client_header_timeout{};
  Milliseconds client_body_timeout{};
  Size client_header_buffer_size{};
  LargeBuffersSetting large_client_header_buffers;
  uint32_t max_headers = 0;
  Size client_max_body_size{};  // 0: no limit
  bool underscores_in_headers = false;
  bool merge_slashes = true;

  // answering
  Milliseconds send_timeout{};
  KeepaliveTimeoutSetting keepalive_timeout;
  uint32_t keepalive_requests = 0;
  Milliseconds keepalive_time{};
  LingeringClose lingering_close = LingeringClose::On;
  Milliseconds lingering_time{};
  Milliseconds lingering_timeout{};
  bool reset_timedout_connection = false;
  bool server_tokens = false;
  bool absolute_redirect = false;
  std::string default_type;
  ReturnSetting return_;

  // who may
  std::vector<AccessRule> access;         // allow and deny in their written order; the first match decides
  std::vector<Network> set_real_ip_from;  // whose X-Forwarded-* are believed
  std::string real_ip_header;
  bool real_ip_recursive = false;
  std::vector<LimitConnSetting> limit_conn;
  uint32_t limit_conn_status = 0;
  LimitLogLevel limit_conn_log_level;
  bool limit_conn_dry_run = false;

  // files, and what is done to any content
  ContentSettings content;

  // headers and logs
  std::vector<HeaderSetting> add_header;
  std::vector<AccessLogSetting> access_log;  // empty: off

  // proxying
  TemplateText proxy_pass;  // empty: none. Not inherited by nested sections.
  Milliseconds proxy_connect_timeout{};
  Milliseconds proxy_send_timeout{};
  Milliseconds proxy_read_timeout{};
  NextUpstreamSetting proxy_next_upstream;
  uint32_t proxy_next_upstream_tries = 0;
  Milliseconds proxy_next_upstream_timeout{};  // 0: no limit
  std::vector<HeaderSetting> proxy_set_header;
  std::vector<std::string> proxy_hide_header;
  std::vector<std::string> proxy_pass_header;
  std::vector<RedirectRule> proxy_redirect;
  Size proxy_buffer_size{};
  std::string proxy_method;
  bool proxy_ignore_client_abort = false;
  bool proxy_pass_trailers = false;
  bool proxy_socket_keepalive = false;
  std::string proxy_bind;  // an address, or empty
  ProxyTlsSettings proxy_tls;

  TlsSettings tls;  // of servers; locations have none
};

struct LocationPattern {
  enum class Match : uint8_t { Exact, PrefixFinal, Prefix, Regex, RegexNoCase, Named };  // = ^~ (none) ~ ~* @
  Match match = Match::Prefix;
  std::string pattern;  // without its modifier
};

struct LocationSettings : LocationPattern {
  std::string name;     // the section's label, the `route` in metrics; unique in its server
  std::string builtin;  // of weir's own pages, which no directive makes: which one
  bool internal = false;
  HttpSettings http;
  Origin origin;
};

struct ServerSettings {
  std::string name;                      // the section's label, the `server` in metrics
  std::vector<ListenSetting> listen;     // never empty; the options of one address agree in all servers that have it
  std::vector<std::string> server_name;  // lower case but for ~patterns; "" is a request without Host
  HttpSettings http;
  std::vector<LocationSettings> locations;
  Origin origin;
};

struct PeerSetting {
  std::string host;                // "127.0.0.1:8081", "unix:/path", "name:80"; always with a port
  std::optional<Address> address;  // when host is one; else a name to resolve
  uint32_t weight = 1;
  uint32_t max_fails = 3;
  Milliseconds fail_timeout{10000};
  uint32_t max_conns = 0;  // 0: no limit
  bool backup = false;
  bool down = false;
  Origin origin;
};

struct HashSetting {
  TemplateText key;  // empty: no hashing
  bool consistent = false;
};

enum class RandomBalance : uint8_t { Off, One, Two };

struct UpstreamSettings {
  std::string name;
  std::vector<PeerSetting> servers;
  bool least_conn = false;
  HashSetting hash;
  bool ip_hash = false;  // as a hash by $remote_addr
  RandomBalance random = RandomBalance::Off;
  uint32_t keepalive = 0;  // idle connections kept by each worker
  uint32_t keepalive_requests = 0;
  Milliseconds keepalive_time{};
  Milliseconds keepalive_timeout{};
  Origin origin;
};

struct MapCase {
  std::string pattern;
  TemplateText value;
};

struct MapSettings {
  TemplateText source;
  std::string target;  // the variable's name, without the dollar sign
  std::vector<MapCase> cases;
  TemplateText fallback;  // default
  bool hostnames = false;
  Origin origin;
};

// What is sent to a peer before the client's bytes.
enum class ProxyProtocol : uint8_t { Off, V1, V2 };

// A layer-4 proxy, TCP or UDP by its listeners.
struct StreamSettings {
  std::string name;                   // the section's label
  std::vector<ListenSetting> listen;  // never empty; all TCP or all UDP
  bool tcp_nodelay = true;

  // who may
  std::vector<AccessRule> access;
  std::vector<Network> set_real_ip_from;  // whose PROXY headers are believed
  Milliseconds proxy_protocol_timeout{};
  std::vector<LimitConnSetting> limit_conn;
  LimitLogLevel limit_conn_log_level;
  bool limit_conn_dry_run = false;

  // looking before choosing
  bool ssl_preread = false;
  Size preread_buffer_size{};
  Milliseconds preread_timeout{};

  // passing on
  TemplateText proxy_pass;  // empty: none
  TemplateText return_;     // unless empty: sent instead of passing on
  Milliseconds proxy_connect_timeout{};
  Milliseconds proxy_timeout{};
  bool proxy_half_close = true;
  Size proxy_upload_rate{};  // bytes per second; 0: no limit
  Size proxy_download_rate{};
  bool proxy_next_upstream = true;
  uint32_t proxy_next_upstream_tries = 0;
  Milliseconds proxy_next_upstream_timeout{};
  std::string proxy_bind;  // an address, or empty
  bool proxy_socket_keepalive = false;
  ProxyProtocol proxy_protocol = ProxyProtocol::Off;
  bool proxy_ssl = false;
  ProxyTlsSettings proxy_tls;
  TlsSettings tls;

  // UDP
  AutoNumber proxy_responses;   // datagrams that answer one; auto: any number, until proxy_timeout
  uint32_t proxy_requests = 0;  // 0: no limit
  uint32_t proxy_sessions = 0;
  uint32_t proxy_sessions_per_source = 0;

  std::vector<AccessLogSetting> access_log;  // empty: off
  Origin origin;

  bool isUdp() const { return !listen.empty() && listen.front().udp; }
};

struct MetricsSettings {
  std::vector<Address> listen;  // empty: no metrics are served
  std::string path;
  std::vector<AccessRule> access;
};

struct MainSettings {
  UserSetting user;
  AutoNumber worker_processes;
  AutoNumber worker_connections;
  uint32_t worker_rlimit_nofile = 0;  // 0: as it is
  Size worker_rlimit_core;            // 0: as it is
  AffinitySetting worker_cpu_affinity;
  Niceness worker_priority;
  Path working_directory;  // empty: the master's
  bool worker_seccomp = false;
  Milliseconds worker_shutdown_timeout{};
  bool graceful_term = false;
  Path pid;
  std::vector<ErrorLogSetting> error_log;  // never empty
  bool daemon = false;
  ResolverSetting resolver;
};

struct Settings {
  std::string prefix;  // absolute, ends in '/'
  MainSettings main;
  MetricsSettings metrics;
  HttpSettings http;
  std::vector<LogFormatSetting> log_formats;  // "combined" and "stream" are always among them
  std::vector<LimitConnZoneSetting> limit_conn_zones;
  std::vector<ServerSettings> servers;
  std::vector<UpstreamSettings> upstreams;
  std::vector<StreamSettings> streams;
  std::vector<MapSettings> maps;
};

}  // namespace weir
