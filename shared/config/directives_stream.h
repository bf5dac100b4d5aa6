// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of the table of directives: [stream], layer 4.

#include <array>

#include "shared/config/field.h"

namespace weir::config {

inline constexpr std::array kStreamDirectives{
    row<&MapSettings::cases>(
        {.name = "case",
         .contexts = Context::Map,
         .repeat = Repeat::Merge,
         .syntax = "text \\| `~`pattern \\| `~*`pattern value",
         .doc = "The value for a source that is this text, letters of either case, or in which the pattern is found "
                "(`~*`: letters of either case). Texts come before patterns, which are tried in their order; `$1` to "
                "`$9` and names are their groups in the value. A backslash before the text takes it as it is. May "
                "repeat.",
         .nginx = "written without `case`; groups also hold outside of the value"}),
    row<&MapSettings::fallback>({.name = "default",
                                 .contexts = Context::Map,
                                 .syntax = "value",
                                 .doc = "The value where no case fits; empty unless given."}),
    row<&MapSettings::hostnames>({.name = "hostnames",
                                  .contexts = Context::Map,
                                  .initial = "off",
                                  .doc = "Take `*.example.com`, `www.example.*` and `.example.com` (both with and "
                                         "without something before it) for names with a star.",
                                  .nginx = "written without an argument"}),
    row<&StreamSettings::listen>(
        {.name = "listen",
         .contexts = Context::Stream,
         .repeat = Repeat::Replace,
         .syntax = "address:port \\| port \\| `unix:`path [udp] [ssl] [proxy_protocol] [backlog=number] [rcvbuf=size] "
                   "[sndbuf=size] [ipv6only=on\\|off] [deferred] [fastopen=number] "
                   "[so_keepalive=on\\|off\\|[keepidle]:[keepintvl]:[keepcnt]]",
         .rule = TextRule::Stream,
         .doc = "Where clients come in; the port may be a range, `20000-20099`. With `proxy_protocol` every client "
                "must begin with a PROXY header. May repeat.",
         .nginx = "`reuseport` is always on"}),
    row<&StreamSettings::tcp_nodelay>({.name = "tcp_nodelay",
                                       .contexts = Context::Stream,
                                       .initial = "on",
                                       .doc = "Send small pieces to clients without waiting for more."}),
    row<&StreamSettings::access>({.name = "allow",
                                  .contexts = Context::Stream,
                                  .repeat = Repeat::Replace,
                                  .syntax = "address \\| network \\| `unix:` \\| `all`",
                                  .doc = "Who is served. `allow` and `deny` are tried in their order, the first that "
                                         "matches decides, and without a match access is granted. May repeat."}),
    row<&StreamSettings::access>({.name = "deny",
                                  .contexts = Context::Stream,
                                  .repeat = Repeat::Replace,
                                  .shares = "allow",
                                  .syntax = "address \\| network \\| `unix:` \\| `all`",
                                  .doc = "Whose connections are closed, whose datagrams are dropped."}),
    row<&StreamSettings::set_real_ip_from>(
        {.name = "set_real_ip_from",
         .contexts = Context::Stream,
         .repeat = Repeat::Replace,
         .syntax = "address \\| network \\| `unix:`",
         .doc = "Whose PROXY headers are accepted, with `listen … proxy_protocol`; others are turned away. Without "
                "any, everybody's. May repeat.",
         .nginx = "headers of others are read, and their address is not used"}),
    row<&StreamSettings::proxy_protocol_timeout>({.name = "proxy_protocol_timeout",
                                                  .contexts = Context::Stream,
                                                  .initial = "30s",
                                                  .range = kTimeout,
                                                  .doc = "For the whole PROXY header of a client."}),
    row<&StreamSettings::ssl_preread>(
        {.name = "ssl_preread",
         .contexts = Context::Stream,
         .initial = "off",
         .doc = "Read a TLS ClientHello before a server is chosen, and leave it as it is: gives "
                "`$ssl_preread_server_name`, `$ssl_preread_alpn_protocols` and `$ssl_preread_protocol`."}),
    row<&StreamSettings::preread_buffer_size>({.name = "preread_buffer_size",
                                               .contexts = Context::Stream,
                                               .initial = "16k",
                                               .range = {512, 64 << 10},
                                               .doc = "What the part that is read before may measure."}),
    row<&StreamSettings::preread_timeout>({.name = "preread_timeout",
                                           .contexts = Context::Stream,
                                           .initial = "30s",
                                           .range = kTimeout,
                                           .doc = "For the whole part that is read before."}),
    row<&StreamSettings::proxy_pass>(
        {.name = "proxy_pass",
         .contexts = Context::Stream,
         .syntax = "address:port \\| name \\| `unix:`path",
         .doc = "Where sessions go: an upstream's name, an address, or variables that give one of these."}),
    row<&StreamSettings::return_>(
        {.name = "return",
         .contexts = Context::Stream,
         .syntax = "text",
         .doc = "Send this to every client and close, instead of `proxy_pass`. Takes variables."}),
    row<&StreamSettings::proxy_ssl>({.name = "proxy_ssl",
                                     .contexts = Context::Stream,
                                     .initial = "off",
                                     .doc = "Speak TLS to servers; see `proxy_ssl_name` and what follows it."}),
    row<&StreamSettings::proxy_connect_timeout>({.name = "proxy_connect_timeout",
                                                 .contexts = Context::Stream,
                                                 .initial = "5s",
                                                 .range = kTimeout,
                                                 .doc = "For a connection to a server.",
                                                 .nginx = "`60s`, too slow for failing over"}),
    row<&StreamSettings::proxy_timeout>(
        {.name = "proxy_timeout",
         .contexts = Context::Stream,
         .initial = "10m",
         .range = kTimeout,
         .doc = "A session without a byte or a datagram in either direction ends after it."}),
    row<&StreamSettings::proxy_half_close>(
        {.name = "proxy_half_close",
         .contexts = Context::Stream,
         .initial = "on",
         .doc = "Pass the end of one direction on, and let the other go on; off ends both.",
         .nginx = "`off`, which breaks protocols that end with FIN"}),
    row<&StreamSettings::proxy_upload_rate>({.name = "proxy_upload_rate",
                                             .contexts = Context::Stream,
                                             .initial = "0",
                                             .doc = "Bytes per second that are read from a client; 0 is no limit."}),
    row<&StreamSettings::proxy_download_rate>({.name = "proxy_download_rate",
                                               .contexts = Context::Stream,
                                               .initial = "0",
                                               .doc = "Bytes per second that are read from a server; 0 is no limit."}),
    row<&StreamSettings::proxy_next_upstream>({.name = "proxy_next_upstream",
                                               .contexts = Context::Stream,
                                               .initial = "on",
                                               .doc = "Try another server when a connection cannot be made."}),
    row<&StreamSettings::proxy_next_upstream_tries>({.name = "proxy_next_upstream_tries",
                                                     .contexts = Context::Stream,
                                                     .initial = "3",
                                                     .range = {0, 1000},
                                                     .doc = "How many servers are tried in all; 0 is no limit.",
                                                     .nginx = "no limit"}),
    row<&StreamSettings::proxy_next_upstream_timeout>(
        {.name = "proxy_next_upstream_timeout",
         .contexts = Context::Stream,
         .initial = "0",
         .range = kDuration,
         .doc = "For how long another server may be tried; 0 is no limit."}),
    row<&StreamSettings::proxy_bind>({.name = "proxy_bind",
                                      .contexts = Context::Stream,
                                      .syntax = "address \\| off",
                                      .rule = TextRule::LocalAddress,
                                      .doc = "Connect to servers from this address.",
                                      .nginx = "variables and `transparent` too"}),
    row<&StreamSettings::proxy_socket_keepalive>({.name = "proxy_socket_keepalive",
                                                  .contexts = Context::Stream,
                                                  .initial = "off",
                                                  .doc = "TCP keep-alive on connections to servers."}),
    row<&StreamSettings::proxy_protocol>(
        {.name = "proxy_protocol",
         .contexts = Context::Stream,
         .syntax = "off \\| on \\| v1 \\| v2",
         .initial = "off",
         .doc = "Begin every connection to a server, or the first datagram of a session, with a PROXY header that "
                "names the client; `on` is `v1`.",
         .nginx = "`v2` is not there"}),
    row<&StreamSettings::proxy_responses>(
        {.name = "proxy_responses",
         .contexts = Context::Stream,
         .initial = "auto",
         .range = {0, 1'000'000'000},
         .doc = "UDP: how many datagrams answer one. A session ends when all have come, and a missing one is the "
                "server's failure; 0 expects none, `auto` any number until `proxy_timeout`.",
         .nginx = "`auto` is unwritten"}),
    row<&StreamSettings::proxy_requests>({.name = "proxy_requests",
                                          .contexts = Context::Stream,
                                          .initial = "0",
                                          .range = {0, 1'000'000'000},
                                          .doc = "UDP: a client's session ends after so many datagrams, and the next "
                                                 "one chooses a server anew; 0 is no limit."}),
    row<&StreamSettings::proxy_sessions>(
        {.name = "proxy_sessions",
         .contexts = Context::Stream,
         .initial = "8192",
         .range = {1, 10'000'000},
         .doc = "UDP: sessions of one worker. At the limit a session that has only one datagram from its client "
                "makes room, the oldest first.",
         .nginx = "not there"}),
    row<&StreamSettings::proxy_sessions_per_source>(
        {.name = "proxy_sessions_per_source",
         .contexts = Context::Stream,
         .initial = "0",
         .range = {0, 10'000'000},
         .doc = "UDP: sessions of one worker with clients of one address; 0 is no limit.",
         .nginx = "not there"}),
    row<&StreamSettings::access_log>(
        {.name = "access_log",
         .contexts = Context::Stream,
         .repeat = Repeat::Replace,
         .syntax = "path \\| `stdout` \\| `stderr` [format] [buffer=size] [flush=time] [if=condition] \\| `off`",
         .rule = TextRule::Stream,
         .doc = "Where sessions are logged when they end, by a `log_format` of `[http]`; `stream` unless given. May "
                "repeat.",
         .nginx = "the format must be given"}),
};

}  // namespace weir::config
