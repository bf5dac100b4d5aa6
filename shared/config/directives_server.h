// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of the table of directives: what a server is, where it listens, and what a location matches.

#include <array>

#include "shared/config/field.h"

namespace weir::config {

inline constexpr std::array kServerDirectives{
    row<&ServerSettings::listen>(
        {.name = "listen",
         .contexts = Context::Server,
         .repeat = Repeat::Replace,
         .syntax = "address[:port] \\| port \\| `unix:`path [default_server] [ssl] [proxy_protocol] "
                   "[backlog=number] [rcvbuf=size] [sndbuf=size] [ipv6only=on\\|off] [deferred] "
                   "[fastopen=number] [so_keepalive=on\\|off\\|[keepidle]:[keepintvl]:[keepcnt]]",
         .doc = "Where the server accepts connections. Without any: `*:80` when started as "
                "root, `*:8000` otherwise. With `proxy_protocol` every connection begins with a PROXY "
                "header, that of the address' default server's `set_real_ip_from` if there is "
                "any; it names the client. May repeat.",
         .nginx = "`reuseport` is always on; names are not resolved"}),
    row<&ServerSettings::server_name>({.name = "server_name",
                                       .contexts = Context::Server,
                                       .repeat = Repeat::Replace,
                                       .syntax = "name ...",
                                       .rule = TextRule::ServerName,
                                       .doc = "The hosts it answers: exact, `*.example.com`, `www.example.*`, "
                                              "`.example.com` or `~pattern`. May repeat."}),
    row<Pattern{}>({.name = "match",
                    .contexts = Context::Location,
                    .syntax = "[`=` \\| `^~` \\| `~` \\| `~*`] pattern",
                    .doc = "The location's pattern, for one that holds `]` or is over 49 characters; the section's "
                           "label is then only a name.",
                    .nginx = "not there"}),
    row<&LocationSettings::internal>({.name = "internal",
                                      .contexts = Context::Location,
                                      .initial = "off",
                                      .doc = "Not for requests from outside: they are answered 404.",
                                      .nginx = "written without an argument"}),
    row<&HttpSettings::return_>(
        {.name = "return",
         .contexts = kAnswering,
         .inherited = false,
         .syntax = "code [text] \\| code URL \\| URL",
         .doc = "Answer at once: with a text, a redirect (301, 302, 303, 307, 308), or by closing the "
                "connection (444). Takes variables. In a server it comes before any location."}),
};

}  // namespace weir::config
