// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of the table of directives: how requests are read, answered, admitted and logged.

#include <array>

#include "shared/config/field.h"

namespace weir::config {

inline constexpr std::array kHttpDirectives{
    row<&HttpSettings::client_header_timeout>({.name = "client_header_timeout",
                                               .contexts = kReading,
                                               .initial = "60s",
                                               .range = kTimeout,
                                               .doc = "For the whole head of a request, from its first byte on."}),
    row<&HttpSettings::client_body_timeout>({.name = "client_body_timeout",
                                             .contexts = kEverywhere,
                                             .initial = "60s",
                                             .range = kTimeout,
                                             .doc = "Between two reads of a request's body."}),
    row<&HttpSettings::client_header_buffer_size>({.name = "client_header_buffer_size",
                                                   .contexts = kReading,
                                                   .initial = "1k",
                                                   .range = {256, 16ull << 20},
                                                   .doc = "What most request heads fit in."}),
    row<&HttpSettings::large_client_header_buffers>(
        {.name = "large_client_header_buffers",
         .contexts = kReading,
         .syntax = "number size",
         .initial = "4 8k",
         .doc = "For longer heads. One line may be as long as one buffer, the head as "
                "all of them; a longer one is answered 414 or 431.",
         .nginx = "400 instead of 431"}),
    row<&HttpSettings::max_headers>({.name = "max_headers",
                                     .contexts = kReading,
                                     .initial = "1000",
                                     .range = {1, 100'000},
                                     .doc = "Header fields of one request; more are answered 431.",
                                     .nginx = "400 instead of 431"}),
    row<&HttpSettings::client_max_body_size>({.name = "client_max_body_size",
                                              .contexts = kEverywhere,
                                              .initial = "1m",
                                              .doc = "A longer request body is answered 413; 0 is no limit."}),
    row<&HttpSettings::underscores_in_headers>(
        {.name = "underscores_in_headers",
         .contexts = kReading,
         .initial = "off",
         .doc = "Keep header fields with `_` in their name instead of dropping them."}),
    row<&HttpSettings::merge_slashes>({.name = "merge_slashes",
                                       .contexts = kReading,
                                       .initial = "on",
                                       .doc = "Take several slashes in a path for one where locations are matched."}),

    row<&HttpSettings::send_timeout>({.name = "send_timeout",
                                      .contexts = kEverywhere,
                                      .initial = "60s",
                                      .range = kTimeout,
                                      .doc = "Between two writes of a response; the connection is then closed."}),
    row<&HttpSettings::keepalive_timeout>(
        {.name = "keepalive_timeout",
         .contexts = kEverywhere,
         .syntax = "time [header_time]",
         .initial = "75s",
         .doc = "How long an idle connection is kept; 0 closes it after each response. The second "
                "time is announced as `Keep-Alive: timeout=N`."}),
    row<&HttpSettings::keepalive_requests>({.name = "keepalive_requests",
                                            .contexts = kEverywhere,
                                            .initial = "1000",
                                            .range = {1, 1'000'000'000},
                                            .doc = "Requests of one connection."}),
    row<&HttpSettings::keepalive_time>({.name = "keepalive_time",
                                        .contexts = kEverywhere,
                                        .initial = "1h",
                                        .range = kTimeout,
                                        .doc = "How long one connection may bring requests."}),
    row<&HttpSettings::lingering_close>(
        {.name = "lingering_close",
         .contexts = kEverywhere,
         .syntax = "on \\| off \\| always",
         .initial = "on",
         .doc = "Read on before closing while the client may still be sending, so that it gets to "
                "see the response."}),
    row<&HttpSettings::lingering_time>({.name = "lingering_time",
                                        .contexts = kEverywhere,
                                        .initial = "30s",
                                        .range = kDuration,
                                        .doc = "How long that may take in all."}),
    row<&HttpSettings::lingering_timeout>({.name = "lingering_timeout",
                                           .contexts = kEverywhere,
                                           .initial = "5s",
                                           .range = kDuration,
                                           .doc = "How long it waits for more."}),
    row<&HttpSettings::reset_timedout_connection>(
        {.name = "reset_timedout_connection",
         .contexts = kEverywhere,
         .initial = "off",
         .doc = "Reset connections that timed out, or are closed by `return 444`."}),
    row<&HttpSettings::server_tokens>({.name = "server_tokens",
                                       .contexts = kEverywhere,
                                       .initial = "off",
                                       .doc = "Tell the version in the `Server` header and on error pages.",
                                       .nginx = "`on`"}),
    row<&HttpSettings::absolute_redirect>({.name = "absolute_redirect",
                                           .contexts = kEverywhere,
                                           .initial = "off",
                                           .doc = "Redirects that weir makes name scheme and host.",
                                           .nginx = "`on`, which is wrong behind another proxy"}),
    row<&HttpSettings::default_type>({.name = "default_type",
                                      .contexts = kEverywhere,
                                      .syntax = "media-type",
                                      .initial = "text/plain",
                                      .rule = TextRule::MimeType,
                                      .doc = "The `Content-Type` of what has no other."}),

    row<&HttpSettings::access>(
        {.name = "allow",
         .contexts = kEverywhere,
         .repeat = Repeat::Replace,
         .syntax = "address \\| network \\| `unix:` \\| `all`",
         .doc = "Whose requests are answered. `allow` and `deny` are tried in their order, the first that "
                "matches decides, and without a match access is granted. May repeat; a section that has "
                "any of the two inherits none."}),
    row<&HttpSettings::access>({.name = "deny",
                                .contexts = kEverywhere,
                                .repeat = Repeat::Replace,
                                .shares = "allow",
                                .syntax = "address \\| network \\| `unix:` \\| `all`",
                                .doc = "Whose requests are answered 403."}),
    row<&HttpSettings::set_real_ip_from>(
        {.name = "set_real_ip_from",
         .contexts = kEverywhere,
         .repeat = Repeat::Replace,
         .syntax = "address \\| network \\| `unix:`",
         .doc = "Proxies in front that are trusted: the client's address is taken from the header "
                "they send, and their `X-Forwarded-*` headers are believed. Of others they are "
                "replaced, or like `X-Real-IP` and `Forwarded` not passed on. May repeat.",
         .nginx = "everybody's `X-Forwarded-*`, `X-Real-IP` and `Forwarded` are passed on"}),
    row<&HttpSettings::real_ip_header>(
        {.name = "real_ip_header",
         .contexts = kEverywhere,
         .syntax = "field",
         .initial = "X-Real-IP",
         .rule = TextRule::FieldName,
         .doc = "The header that holds the client's address; in `X-Forwarded-For` the last one."}),
    row<&HttpSettings::real_ip_recursive>({.name = "real_ip_recursive",
                                           .contexts = kEverywhere,
                                           .initial = "off",
                                           .doc = "Take the last address that is not trusted itself."}),

    row<&HttpSettings::add_header>(
        {.name = "add_header",
         .contexts = kEverywhere,
         .repeat = Repeat::Merge,
         .syntax = "name value [always] \\| name `none` \\| `none`",
         .doc = "Add a header to responses with status 200, 201, 204, 206, 301, 302, 303, 304, 307 or "
                "308, or to all with `always`. Takes variables. May repeat.",
         .nginx = "a section that has any inherits none; no `none`"}),
    row<&Settings::log_formats>({.name = "log_format",
                                 .contexts = Context::Http,
                                 .repeat = Repeat::Merge,
                                 .syntax = "name [escape=default\\|json\\|none] string ...",
                                 .initial = "combined '$remote_addr - $remote_user [$time_local] \"$request\" $status "
                                            "$body_bytes_sent \"$http_referer\" \"$http_user_agent\"'",
                                 .doc = "A format for `access_log`; the strings are joined. May repeat.",
                                 .nginx = "`combined` cannot be redefined"}),
    row<&HttpSettings::access_log>(
        {.name = "access_log",
         .contexts = kEverywhere,
         .repeat = Repeat::Replace,
         .syntax = "path \\| `stdout` \\| `stderr` \\| `syslog:`parameters [format] [buffer=size] [flush=time] "
                   "[if=condition] \\| `off`",
         .initial = "logs/access.log combined",
         .doc = "Where requests are logged, how, and when. May repeat; a section that has any inherits "
                "none. See logging.md.",
         .nginx = "no `stdout`; the path may hold variables"}),
};

}  // namespace weir::config
