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
                "open files allows, the other half being for upstreams. Never more than that limit allows.",
         .nginx = "`512`"}),
    row<&MainSettings::worker_rlimit_nofile>({.name = "worker_rlimit_nofile",
                                              .contexts = Context::Main,
                                              .initial = "0",
                                              .range = {0, 1'000'000'000},
                                              .doc = "The limit of open files of each process; 0 leaves it as it is."}),
    row<&MainSettings::worker_rlimit_core>(
        {.name = "worker_rlimit_core",
         .contexts = Context::Main,
         .initial = "0",
         .doc =
             "The largest core that a process may leave when it crashes or is aborted; 0 leaves the limit as it is."}),
    row<&MainSettings::worker_cpu_affinity>(
        {.name = "worker_cpu_affinity",
         .contexts = Context::Main,
         .syntax = "`auto` [mask] \\| mask ...",
         .doc =
             "Which CPUs workers run on. Masks are binary, the rightmost digit is CPU 0; worker n gets the nth one, "
             "workers beyond the last mask get that. `auto` gives each worker one CPU, of the mask if there is one."}),
    row<&MainSettings::worker_priority>({.name = "worker_priority",
                                         .contexts = Context::Main,
                                         .initial = "0",
                                         .doc = "The workers' priority, from -20, the most urgent, to 19."}),
    row<&MainSettings::working_directory>(
        {.name = "working_directory",
         .contexts = Context::Main,
         .doc = "The current folder of workers and the monitor, which is where their cores are written unless "
                "`kernel.core_pattern` says otherwise; `user` must be able to write there."}),
    row<&MainSettings::worker_seccomp>(
        {.name = "worker_seccomp",
         .contexts = Context::Main,
         .initial = "off",
         .doc = "Let the kernel kill a worker or the monitor at a system call that it never makes: running programs, "
                "tracing, mounting, changing identity, loading code into the kernel.",
         .nginx = "not there"}),
    row<&MainSettings::worker_shutdown_timeout>({.name = "worker_shutdown_timeout",
                                                 .contexts = Context::Main,
                                                 .initial = "60s",
                                                 .range = kDuration,
                                                 .doc = "How long a graceful end waits for connections; 0 is for ever.",
                                                 .nginx = "no limit"}),
    row<&MainSettings::graceful_term>(
        {.name = "graceful_term",
         .contexts = Context::Main,
         .initial = "off",
         .doc = "Take a first `TERM` for a `QUIT`: for container runtimes that can send nothing else. "
                "A second one, or `INT`, stops at once.",
         .nginx = "not there"}),
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
