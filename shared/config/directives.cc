// SPDX-License-Identifier: Apache-2.0
#include "shared/config/directive.h"

#include <algorithm>
#include <array>

#include "shared/config/field.h"

namespace weir::config {
namespace {

constexpr ContextSet kMain = Context::Main;
constexpr ContextSet kMetrics = Context::Metrics;
constexpr ContextSet kHttpOnly = Context::Http;
constexpr ContextSet kServerOnly = Context::Server;
constexpr ContextSet kLocationOnly = Context::Location;
constexpr ContextSet kUpstream = Context::Upstream;
constexpr ContextSet kReading = Context::Http | Context::Server;  // before a location is known
constexpr ContextSet kEverywhere = kReading | Context::Location;
constexpr ContextSet kAnswering = Context::Server | Context::Location;

constexpr Range kTimeout{1, 24ull * 3'600'000 * 365};  // 1 ms to 365 days; 0 would never let anything through
constexpr Range kDuration{0, 24ull * 3'600'000 * 365};
constexpr Range kBuffer{1024, 16ull << 20};
constexpr Range kMillion{0, 1'000'000};

constexpr std::array kSections{
    SectionRow{Context::Main, "main", Label::None, "The process itself. `-g` adds to this section."},
    SectionRow{Context::Metrics, "metrics", Label::None, "Where Prometheus may scrape; nothing is served without `listen`."},
    SectionRow{Context::Http, "http", Label::None, "What all servers inherit."},
    SectionRow{Context::Server, "server", Label::Required,
               "A virtual server. The label is its name in logs and metrics; `server_name` says which hosts it answers."},
    SectionRow{Context::Location, "location", Label::Required,
               "Part of the server above it: requests whose path matches the label (or `match`)."},
    SectionRow{Context::Upstream, "upstream", Label::Required, "A named group of servers, for `proxy_pass`."},
};

using H = HttpSettings;
using M = MainSettings;

constexpr std::array kDirectives{
    // ---- [main]
    row<&M::user>({.name = "user", .contexts = kMain, .syntax = "user [group]", .initial = "nobody",
                   .doc = "Who workers and the monitor run as. Without effect unless weir is started as root.",
                   .nginx = "the group is the user's own, not one of the same name"}),
    row<&M::worker_processes>({.name = "worker_processes", .contexts = kMain, .initial = "auto", .range = {1, 1024},
                               .doc = "How many workers; `auto` is one for each CPU that weir may use.",
                               .nginx = "`1`"}),
    row<&M::worker_connections>({.name = "worker_connections", .contexts = kMain, .initial = "auto",
                                 .range = {16, 10'000'000},
                                 .doc = "Connections of one worker, to clients and to upstreams; `auto` is what the "
                                        "limit of open files allows.",
                                 .nginx = "`512`"}),
    row<&M::worker_rlimit_nofile>({.name = "worker_rlimit_nofile", .contexts = kMain, .initial = "0",
                                   .range = {0, 1'000'000'000},
                                   .doc = "The limit of open files of each process; 0 leaves it as it is."}),
    row<&M::worker_shutdown_timeout>({.name = "worker_shutdown_timeout", .contexts = kMain, .initial = "60s",
                                      .range = kDuration,
                                      .doc = "How long a graceful end waits for connections; 0 is for ever.",
                                      .nginx = "no limit"}),
    row<&M::pid>({.name = "pid", .contexts = kMain, .initial = "logs/weir.pid",
                  .doc = "The file that holds the number of the master process.",
                  .nginx = "`logs/nginx.pid`"}),
    row<&M::error_log>({.name = "error_log", .contexts = kMain, .syntax = "path \\| `stderr` [level]",
                        .initial = "logs/error.log error",
                        .doc = "Where errors are logged, from which level on: `debug`, `info`, `notice`, `warn`, "
                               "`error`, `crit`, `alert`, `emerg`.",
                        .nginx = "in servers and locations too"}),
    row<&M::daemon>({.name = "daemon", .contexts = kMain, .initial = "off",
                     .doc = "Detach from the terminal.", .nginx = "`on`"}),
    row<&M::resolver>({.name = "resolver", .contexts = kMain,
                       .syntax = "address ... [valid=time] [ipv4=on\\|off] [ipv6=on\\|off]",
                       .doc = "Name servers for upstreams given by name, and how long an answer holds instead of its "
                              "TTL. Without it the system's are asked.",
                       .nginx = "in [http] and below, without a default"}),

    // ---- [metrics]
    row<&MetricsSettings::listen>({.name = "listen", .contexts = kMetrics, .repeat = Repeat::Replace,
                                   .syntax = "address[:port]",
                                   .doc = "Serve metrics here; the port is 9145 unless given. May repeat.",
                                   .nginx = "not there"}),
    row<&MetricsSettings::path>({.name = "path", .contexts = kMetrics, .syntax = "path", .initial = "/metrics",
                                 .rule = TextRule::UriPath, .doc = "The path that answers.", .nginx = "not there"}),
    row<&MetricsSettings::access>({.name = "allow", .contexts = kMetrics, .repeat = Repeat::Replace,
                                   .syntax = "address \\| network \\| `unix:` \\| `all`",
                                   .doc = "Who may scrape. `allow` and `deny` are tried in their order, the first that "
                                          "matches decides, and without a match access is granted."}),
    row<&MetricsSettings::access>({.name = "deny", .contexts = kMetrics, .repeat = Repeat::Replace, .shares = "allow",
                                   .syntax = "address \\| network \\| `unix:` \\| `all`",
                                   .doc = "Who may not scrape."}),

    // ---- servers and locations
    row<&ServerSettings::listen>({.name = "listen", .contexts = kServerOnly, .repeat = Repeat::Replace,
                                  .syntax = "address[:port] \\| port \\| `unix:`path [default_server] [backlog=number] "
                                            "[rcvbuf=size] [sndbuf=size] [ipv6only=on\\|off] [deferred] "
                                            "[fastopen=number] [so_keepalive=on\\|off\\|[keepidle]:[keepintvl]:[keepcnt]]",
                                  .doc = "Where the server accepts connections. Without any: `*:80` when started as "
                                         "root, `*:8000` otherwise. May repeat.",
                                  .nginx = "`reuseport` is always on; names are not resolved"}),
    row<&ServerSettings::server_name>({.name = "server_name", .contexts = kServerOnly, .repeat = Repeat::Replace,
                                       .syntax = "name ...", .rule = TextRule::ServerName,
                                       .doc = "The hosts it answers: exact, `*.example.com`, `www.example.*`, "
                                              "`.example.com` or `~pattern`. May repeat."}),
    row<Pattern{}>({.name = "match", .contexts = kLocationOnly, .syntax = "[`=` \\| `^~` \\| `~` \\| `~*`] pattern",
                    .doc = "The location's pattern, for one that holds `]` or is over 49 characters; the section's "
                           "label is then only a name.",
                    .nginx = "not there"}),
    row<&LocationSettings::internal>({.name = "internal", .contexts = kLocationOnly, .initial = "off",
                                      .doc = "Not for requests from outside: they are answered 404.",
                                      .nginx = "written without an argument"}),
    row<&H::return_>({.name = "return", .contexts = kAnswering, .inherited = false,
                      .syntax = "code [text] \\| code URL \\| URL",
                      .doc = "Answer at once: with a text, a redirect (301, 302, 303, 307, 308), or by closing the "
                             "connection (444). Takes variables. In a server it comes before any location."}),

    // ---- reading requests
    row<&H::client_header_timeout>({.name = "client_header_timeout", .contexts = kReading, .initial = "60s",
                                    .range = kTimeout, .doc = "For the whole head of a request, from its first byte on."}),
    row<&H::client_body_timeout>({.name = "client_body_timeout", .contexts = kEverywhere, .initial = "60s",
                                  .range = kTimeout, .doc = "Between two reads of a request's body."}),
    row<&H::client_header_buffer_size>({.name = "client_header_buffer_size", .contexts = kReading, .initial = "1k",
                                        .range = {256, 16ull << 20}, .doc = "What most request heads fit in."}),
    row<&H::large_client_header_buffers>({.name = "large_client_header_buffers", .contexts = kReading,
                                          .syntax = "number size", .initial = "4 8k",
                                          .doc = "For longer heads. One line may be as long as one buffer, the head as "
                                                 "all of them; a longer one is answered 414 or 431.",
                                          .nginx = "400 instead of 431"}),
    row<&H::max_headers>({.name = "max_headers", .contexts = kReading, .initial = "1000", .range = {1, 100'000},
                          .doc = "Header fields of one request; more are answered 431.",
                          .nginx = "400 instead of 431"}),
    row<&H::client_max_body_size>({.name = "client_max_body_size", .contexts = kEverywhere, .initial = "1m",
                                   .doc = "A longer request body is answered 413; 0 is no limit."}),
    row<&H::underscores_in_headers>({.name = "underscores_in_headers", .contexts = kReading, .initial = "off",
                                     .doc = "Keep header fields with `_` in their name instead of dropping them."}),
    row<&H::merge_slashes>({.name = "merge_slashes", .contexts = kReading, .initial = "on",
                            .doc = "Take several slashes in a path for one where locations are matched."}),

    // ---- answering
    row<&H::send_timeout>({.name = "send_timeout", .contexts = kEverywhere, .initial = "60s", .range = kTimeout,
                           .doc = "Between two writes of a response; the connection is then closed."}),
    row<&H::keepalive_timeout>({.name = "keepalive_timeout", .contexts = kEverywhere, .syntax = "time [header_time]",
                                .initial = "75s",
                                .doc = "How long an idle connection is kept; 0 closes it after each response. The second "
                                       "time is announced as `Keep-Alive: timeout=N`."}),
    row<&H::keepalive_requests>({.name = "keepalive_requests", .contexts = kEverywhere, .initial = "1000",
                                 .range = {1, 1'000'000'000}, .doc = "Requests of one connection."}),
    row<&H::keepalive_time>({.name = "keepalive_time", .contexts = kEverywhere, .initial = "1h", .range = kTimeout,
                             .doc = "How long one connection may bring requests."}),
    row<&H::lingering_close>({.name = "lingering_close", .contexts = kEverywhere, .syntax = "on \\| off \\| always",
                              .initial = "on",
                              .doc = "Read on before closing while the client may still be sending, so that it gets to "
                                     "see the response."}),
    row<&H::lingering_time>({.name = "lingering_time", .contexts = kEverywhere, .initial = "30s", .range = kDuration,
                             .doc = "How long that may take in all."}),
    row<&H::lingering_timeout>({.name = "lingering_timeout", .contexts = kEverywhere, .initial = "5s",
                                .range = kDuration, .doc = "How long it waits for more."}),
    row<&H::reset_timedout_connection>({.name = "reset_timedout_connection", .contexts = kEverywhere, .initial = "off",
                                        .doc = "Reset connections that timed out, or are closed by `return 444`."}),
    row<&H::server_tokens>({.name = "server_tokens", .contexts = kEverywhere, .initial = "off",
                            .doc = "Tell the version in the `Server` header and on error pages.",
                            .nginx = "`on`"}),
    row<&H::absolute_redirect>({.name = "absolute_redirect", .contexts = kEverywhere, .initial = "off",
                                .doc = "Redirects that weir makes name scheme and host.",
                                .nginx = "`on`, which is wrong behind another proxy"}),
    row<&H::default_type>({.name = "default_type", .contexts = kEverywhere, .syntax = "media-type",
                           .initial = "text/plain", .rule = TextRule::MimeType,
                           .doc = "The `Content-Type` of what has no other."}),

    // ---- who may
    row<&H::access>({.name = "allow", .contexts = kEverywhere, .repeat = Repeat::Replace,
                     .syntax = "address \\| network \\| `unix:` \\| `all`",
                     .doc = "Whose requests are answered. `allow` and `deny` are tried in their order, the first that "
                            "matches decides, and without a match access is granted. May repeat; a section that has "
                            "any of the two inherits none."}),
    row<&H::access>({.name = "deny", .contexts = kEverywhere, .repeat = Repeat::Replace, .shares = "allow",
                     .syntax = "address \\| network \\| `unix:` \\| `all`",
                     .doc = "Whose requests are answered 403."}),
    row<&H::set_real_ip_from>({.name = "set_real_ip_from", .contexts = kEverywhere, .repeat = Repeat::Replace,
                               .syntax = "address \\| network \\| `unix:`",
                               .doc = "Proxies in front that are trusted: the client's address is taken from the header "
                                      "they send, and their `X-Forwarded-*` headers are believed. May repeat.",
                               .nginx = "everybody's `X-Forwarded-*` are believed"}),
    row<&H::real_ip_header>({.name = "real_ip_header", .contexts = kEverywhere, .syntax = "field",
                             .initial = "X-Real-IP", .rule = TextRule::FieldName,
                             .doc = "The header that holds the client's address; in `X-Forwarded-For` the last one."}),
    row<&H::real_ip_recursive>({.name = "real_ip_recursive", .contexts = kEverywhere, .initial = "off",
                                .doc = "Take the last address that is not trusted itself."}),

    // ---- headers and logs
    row<&H::add_header>({.name = "add_header", .contexts = kEverywhere, .repeat = Repeat::Merge,
                         .syntax = "name value [always] \\| name `none` \\| `none`",
                         .doc = "Add a header to responses with status 200, 201, 204, 206, 301, 302, 303, 304, 307 or "
                                "308, or to all with `always`. Takes variables. May repeat.",
                         .nginx = "a section that has any inherits none; no `none`"}),
    row<&Settings::log_formats>({.name = "log_format", .contexts = kHttpOnly, .repeat = Repeat::Merge,
                                 .syntax = "name [escape=default\\|json\\|none] string ...",
                                 .initial = "combined '$remote_addr - $remote_user [$time_local] \"$request\" $status "
                                            "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"'",
                                 .doc = "A format for `access_log`; the strings are joined. May repeat.",
                                 .nginx = "`combined` cannot be redefined"}),
    row<&H::access_log>({.name = "access_log", .contexts = kEverywhere, .repeat = Repeat::Replace,
                         .syntax = "path \\| `stdout` \\| `stderr` [format] [buffer=size] [flush=time] [if=condition] \\| `off`",
                         .initial = "logs/access.log combined",
                         .doc = "Where requests are logged, how, and when. May repeat; a section that has any inherits "
                                "none.",
                         .nginx = "no `stdout`; the path may hold variables"}),

    // ---- proxying
    row<&H::proxy_pass>({.name = "proxy_pass", .contexts = kLocationOnly, .inherited = false, .syntax = "URL",
                         .doc = "Pass requests on: `http://` and an upstream's name, an address or `unix:/path:`. With a "
                                "path behind it that path replaces what the location matched; without, the request's "
                                "is passed unchanged."}),
    row<&H::proxy_connect_timeout>({.name = "proxy_connect_timeout", .contexts = kEverywhere, .initial = "5s",
                                    .range = kTimeout, .doc = "For a connection to a server.",
                                    .nginx = "`60s`, too slow for failing over"}),
    row<&H::proxy_send_timeout>({.name = "proxy_send_timeout", .contexts = kEverywhere, .initial = "60s",
                                 .range = kTimeout, .doc = "Between two writes to a server."}),
    row<&H::proxy_read_timeout>({.name = "proxy_read_timeout", .contexts = kEverywhere, .initial = "60s",
                                 .range = kTimeout, .doc = "Between two reads from a server."}),
    row<&H::proxy_next_upstream>({.name = "proxy_next_upstream", .contexts = kEverywhere,
                                  .syntax = "error \\| timeout \\| invalid_header \\| http_500 \\| http_502 \\| http_503 \\| "
                                            "http_504 \\| http_403 \\| http_404 \\| http_429 \\| non_idempotent ... \\| off",
                                  .initial = "error timeout",
                                  .doc = "When another server is tried. Requests that are not idempotent are sent once "
                                         "unless `non_idempotent` is there."}),
    row<&H::proxy_next_upstream_tries>({.name = "proxy_next_upstream_tries", .contexts = kEverywhere, .initial = "3",
                                        .range = {0, 1000}, .doc = "How many servers are tried in all; 0 is no limit.",
                                        .nginx = "no limit"}),
    row<&H::proxy_next_upstream_timeout>({.name = "proxy_next_upstream_timeout", .contexts = kEverywhere,
                                          .initial = "0", .range = kDuration,
                                          .doc = "For how long another server may be tried; 0 is no limit."}),
    row<&H::proxy_set_header>({.name = "proxy_set_header", .contexts = kEverywhere, .repeat = Repeat::Merge,
                               .syntax = "name value \\| name `none` \\| `none`",
                               .doc = "Set a header of the request that is passed on; with an empty value it is not "
                                      "sent. Takes variables. May repeat.",
                               .nginx = "a section that has any inherits none; no `none`; `X-Forwarded-For`, `-Proto` "
                                        "and `-Host` are sent without being asked for"}),
    row<&H::proxy_hide_header>({.name = "proxy_hide_header", .contexts = kEverywhere, .repeat = Repeat::Replace,
                                .syntax = "field", .rule = TextRule::FieldName,
                                .doc = "Leave a server's header out of the response. May repeat."}),
    row<&H::proxy_pass_header>({.name = "proxy_pass_header", .contexts = kEverywhere, .repeat = Repeat::Replace,
                                .syntax = "field", .rule = TextRule::FieldName,
                                .doc = "Pass a header that is left out otherwise: `Date`, `Server`, `X-Pad`, "
                                       "`X-Accel-...`. May repeat."}),
    row<&H::proxy_redirect>({.name = "proxy_redirect", .contexts = kEverywhere, .repeat = Repeat::Replace,
                             .syntax = "default \\| off \\| redirect replacement", .initial = "default",
                             .doc = "Rewrite `Location` and `Refresh` of a server's response; `default` puts the "
                                    "location's path for that of `proxy_pass`. May repeat."}),
    row<&H::proxy_buffer_size>({.name = "proxy_buffer_size", .contexts = kEverywhere, .initial = "16k",
                                .range = kBuffer, .doc = "The head of a server's response must fit in it.",
                                .nginx = "`4k` or `8k`, too small for some cookies"}),
    row<&H::proxy_method>({.name = "proxy_method", .contexts = kEverywhere, .syntax = "method",
                           .rule = TextRule::Method, .doc = "Pass requests on with this method."}),
    row<&H::proxy_ignore_client_abort>({.name = "proxy_ignore_client_abort", .contexts = kEverywhere, .initial = "off",
                                        .doc = "Go on with a server when the client has gone."}),
    row<&H::proxy_pass_trailers>({.name = "proxy_pass_trailers", .contexts = kEverywhere, .initial = "off",
                                  .doc = "Pass trailer fields, where the client accepts them."}),
    row<&H::proxy_socket_keepalive>({.name = "proxy_socket_keepalive", .contexts = kEverywhere, .initial = "off",
                                     .doc = "TCP keep-alive on connections to servers."}),
    row<&H::proxy_bind>({.name = "proxy_bind", .contexts = kEverywhere, .syntax = "address \\| off",
                         .rule = TextRule::LocalAddress, .doc = "Connect to servers from this address.",
                         .nginx = "variables and `transparent` too"}),
    Directive{.name = "proxy_http_version", .contexts = kEverywhere, .syntax = "1.1", .initial = "1.1",
              .doc = "The protocol spoken to servers; there is no other by now.", .nginx = "1.0 and 2 too"},
    Directive{.name = "proxy_request_buffering", .contexts = kEverywhere, .syntax = "off", .initial = "off",
              .doc = "Request bodies are streamed to servers, never stored first.", .nginx = "`on`"},

    // ---- [upstream]
    row<&UpstreamSettings::servers>({.name = "server", .contexts = kUpstream, .repeat = Repeat::Replace,
                                     .syntax = "address[:port] \\| name[:port] \\| `unix:`path [weight=number] "
                                               "[max_fails=number] [fail_timeout=time] [max_conns=number] [backup] [down]",
                                     .doc = "A server of the group. May repeat.",
                                     .nginx = "`max_fails` is 1; a name that does not resolve stops the start"}),
    row<&UpstreamSettings::least_conn>({.name = "least_conn", .contexts = kUpstream, .initial = "off",
                                        .doc = "Prefer the server with the fewest active connections for its weight; "
                                               "otherwise they take turns by weight.",
                                        .nginx = "written without an argument"}),
    row<&UpstreamSettings::keepalive>({.name = "keepalive", .contexts = kUpstream, .initial = "32", .range = kMillion,
                                       .doc = "Idle connections to the group that each worker keeps; 0 is none."}),
    row<&UpstreamSettings::keepalive_requests>({.name = "keepalive_requests", .contexts = kUpstream, .initial = "1000",
                                                .range = {1, 1'000'000'000},
                                                .doc = "Requests of one connection to a server."}),
    row<&UpstreamSettings::keepalive_time>({.name = "keepalive_time", .contexts = kUpstream, .initial = "1h",
                                            .range = kTimeout,
                                            .doc = "How long one connection to a server is used."}),
    row<&UpstreamSettings::keepalive_timeout>({.name = "keepalive_timeout", .contexts = kUpstream, .initial = "60s",
                                               .range = kTimeout,
                                               .doc = "How long an idle connection to a server is kept."}),
};

}  // namespace

std::span<const SectionRow> sections() { return kSections; }
std::span<const Directive> directives() { return kDirectives; }

const SectionRow& sectionOf(Context context) {
  return *std::find_if(kSections.begin(), kSections.end(), [&](const auto& row) { return row.context == context; });
}

size_t findDirective(std::string_view name, Context context) {
  for (size_t i = 0; i < kDirectives.size(); ++i)
    if (kDirectives[i].name == name && kDirectives[i].contexts.has(context)) return i;
  return kNoDirective;
}

}  // namespace weir::config
