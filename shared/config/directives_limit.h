// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of the table of directives: how much of something one client, or whatever a key stands for, may have.

#include <array>

#include "shared/config/field.h"

namespace weir::config {

inline constexpr std::array kLimitDirectives{
    row<&Settings::limit_conn_zones>(
        {.name = "limit_conn_zone",
         .contexts = Context::Http,
         .repeat = Repeat::Merge,
         .syntax = "key `zone=`name`:`size",
         .doc =
             "Memory, shared by all workers, in which `limit_conn` counts by the key's value: 8 bytes for each value "
             "and worker that has any. Requests and sessions of streams may use the same zone. Takes variables. A "
             "reload keeps the counts of a zone whose key and size stay. May repeat.",
         .nginx = "64 bytes for each value; HTTP and streams have zones of their own"}),
    row<&HttpSettings::limit_conn>(
        {.name = "limit_conn",
         .contexts = kEverywhere,
         .repeat = Repeat::Replace,
         .syntax = "zone number",
         .doc = "How many requests of one value of the zone's key may be served at a time, by all workers together; "
                "what has an empty key is not counted. May repeat with other zones; a section that has any inherits "
                "none."}),
    row<&HttpSettings::limit_conn_status>({.name = "limit_conn_status",
                                           .contexts = kEverywhere,
                                           .initial = "429",
                                           .range = {400, 599},
                                           .doc = "What requests above `limit_conn` are answered.",
                                           .nginx = "`503`"}),
    row<&HttpSettings::limit_conn_log_level>({.name = "limit_conn_log_level",
                                              .contexts = kEverywhere,
                                              .syntax = "info \\| notice \\| warn \\| error",
                                              .initial = "error",
                                              .doc = "How it is logged when `limit_conn` turns somebody away."}),
    row<&HttpSettings::limit_conn_dry_run>(
        {.name = "limit_conn_dry_run",
         .contexts = kEverywhere,
         .initial = "off",
         .doc = "Only log and count whom `limit_conn` would turn away, and serve them."}),
    row<&StreamSettings::limit_conn>(
        {.name = "limit_conn",
         .contexts = Context::Stream,
         .repeat = Repeat::Replace,
         .syntax = "zone number",
         .doc = "How many sessions of one value of the zone's key may go on at a time, in all workers together; the "
                "connection of another one is closed, its datagram dropped. The key's variables are those of streams, "
                "before `ssl_preread`. May repeat with other zones."}),
    row<&StreamSettings::limit_conn_log_level>({.name = "limit_conn_log_level",
                                                .contexts = Context::Stream,
                                                .syntax = "info \\| notice \\| warn \\| error",
                                                .initial = "error",
                                                .doc = "How it is logged when `limit_conn` turns somebody away."}),
    row<&StreamSettings::limit_conn_dry_run>(
        {.name = "limit_conn_dry_run",
         .contexts = Context::Stream,
         .initial = "off",
         .doc = "Only log and count whom `limit_conn` would turn away, and serve them."}),
};

}  // namespace weir::config
