// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of the table of directives: [main] and [metrics].

#include <array>

#include "shared/config/field.h"

namespace weir::config {

inline constexpr std::array kProcessDirectives{
    row<&MainSettings::user>(
        {.name = "user",
         .contexts = Context::Main,
         .syntax = "user [group]",
         .initial = "nobody",
         .doc = "Who workers and the monitor run as. Without effect unless weir is started as root.",
         .nginx = "without a group, the one of the user's name"}),
    row<&MainSettings::worker_processes>({.name = "worker_processes",
                                          .contexts = Context::Main,
                                          .initial = "auto",
                                          .range = {1, 1024},
                                          .doc = "How many workers; `auto` is one for each CPU that weir may use.",
                                          .nginx = "`1`"}),
    row<&MainSettings::worker_connections>(
        {.name = "worker_connections",
         .contexts = Context::Main,
         .initial = "auto",
         .range = {16, 10'000'000},
         .doc = "Connections of clients that one worker holds; `auto` is half of what the limit of "
                "open files allows, the other half being for upstreams.",
         .nginx = "`512`"}),
    row<&MainSettings::worker_rlimit_nofile>({.name = "worker_rlimit_nofile",
                                              .contexts = Context::Main,
                                              .initial = "0",
                                              .range = {0, 1'000'000'000},
                                              .doc = "The limit of open files of each process; 0 leaves it as it is."}),
    row<&MainSettings::worker_shutdown_timeout>({.name = "worker_shutdown_timeout",
                                                 .contexts = Context::Main,
                                                 .initial = "60s",
                                                 .range = kDuration,
                                                 .doc = "How long a graceful end waits for connections; 0 is for ever.",
                                                 .nginx = "no limit"}),
    row<&MainSettings::pid>({.name = "pid",
                             .contexts = Context::Main,
                             .initial = "logs/weir.pid",
                             .doc = "The file that holds the number of the master process.",
                             .nginx = "`logs/nginx.pid`"}),
    row<&MainSettings::error_log>(
        {.name = "error_log",
         .contexts = Context::Main,
         .repeat = Repeat::Replace,
         .syntax = "path \\| `stderr` \\| `syslog:`parameters [level] [json]",
         .initial = "logs/error.log error",
         .doc = "Where errors are logged, from which level on: `debug`, `info`, `notice`, `warn`, "
                "`error`, `crit`, `alert`, `emerg`; with `json`, one object a line. May repeat. See logging.md.",
         .nginx = "in servers and locations too; no `json`"}),
    row<&MainSettings::daemon>({.name = "daemon",
                                .contexts = Context::Main,
                                .initial = "off",
                                .doc = "Detach from the terminal.",
                                .nginx = "`on`"}),
    row<&MainSettings::resolver>(
        {.name = "resolver",
         .contexts = Context::Main,
         .syntax = "address ... [valid=time] [ipv4=on\\|off] [ipv6=on\\|off]",
         .doc = "Name servers for upstreams given by name, and how long an answer holds instead of its "
                "TTL. Without it the system's are asked.",
         .nginx = "in [http] and below, without a default"}),

    row<&MetricsSettings::listen>({.name = "listen",
                                   .contexts = Context::Metrics,
                                   .repeat = Repeat::Replace,
                                   .syntax = "address[:port]",
                                   .doc = "Serve metrics here; the port is 9145 unless given. May repeat.",
                                   .nginx = "not there"}),
    row<&MetricsSettings::path>({.name = "path",
                                 .contexts = Context::Metrics,
                                 .syntax = "path",
                                 .initial = "/metrics",
                                 .rule = TextRule::UriPath,
                                 .doc = "The path that answers.",
                                 .nginx = "not there"}),
    row<&MetricsSettings::access>({.name = "allow",
                                   .contexts = Context::Metrics,
                                   .repeat = Repeat::Replace,
                                   .syntax = "address \\| network \\| `unix:` \\| `all`",
                                   .doc = "Who may scrape. `allow` and `deny` are tried in their order, the first that "
                                          "matches decides, and without a match access is granted."}),
    row<&MetricsSettings::access>({.name = "deny",
                                   .contexts = Context::Metrics,
                                   .repeat = Repeat::Replace,
                                   .shares = "allow",
                                   .syntax = "address \\| network \\| `unix:` \\| `all`",
                                   .doc = "Who may not scrape."}),
};

}  // namespace weir::config
