// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of the table of directives: what is said of content, how it is coded, and what stands in an error's place.

#include <array>

#include "shared/config/field.h"

namespace weir::config {

inline constexpr std::array kContentDirectives{
    row<&ContentSettings::types_file>({.name = "types_file",
                                       .contexts = kEverywhere,
                                       .initial = "/etc/mime.types",
                                       .doc = "Which file extension means which `Content-Type`. The types of the web "
                                              "that such files lack, or have wrong, are built in.",
                                       .nginx = "an included file"}),
    row<&ContentSettings::types>({.name = "types",
                                  .contexts = kEverywhere,
                                  .repeat = Repeat::Merge,
                                  .syntax = "media-type extension ... \\| `none`",
                                  .doc =
                                      "Before what is built in and `types_file` says. May repeat; `none` forgets what "
                                      "is inherited.",
                                  .nginx = "a block, which replaces the inherited one"}),
    row<&ContentSettings::charset>({.name = "charset",
                                    .contexts = kEverywhere,
                                    .syntax = "name \\| `off`",
                                    .initial = "off",
                                    .rule = TextRule::Token,
                                    .doc = "Put behind the `Content-Type` of answers that weir makes itself.",
                                    .nginx = "also on proxied ones"}),
    row<&ContentSettings::charset_types>(
        {.name = "charset_types",
         .contexts = kEverywhere,
         .repeat = Repeat::Replace,
         .syntax = "media-type ...",
         .initial = "text/html text/xml text/plain text/css text/javascript application/javascript application/json "
                    "application/rss+xml",
         .rule = TextRule::MimeTypes,
         .doc = "The types that get the charset. May repeat.",
         .nginx = "`text/html text/xml text/plain text/vnd.wap.wml application/javascript application/rss+xml`"}),
    row<&ContentSettings::expires>(
        {.name = "expires",
         .contexts = kEverywhere,
         .syntax = "[`modified`] time \\| `@`time \\| `epoch` \\| `max` \\| `off`",
         .initial = "off",
         .doc = "Send `Expires` and `Cache-Control` with responses of status 200, 201, 204, 206, 301, 302, 303, 304, "
                "307 and 308: so long from now, from the file's modification, until that time of day. Negative times "
                "say `no-cache`.",
         .nginx = "takes variables"}),
    row<&ContentSettings::robots>({.name = "robots",
                                   .contexts = kEverywhere,
                                   .syntax = "`off` \\| `allow` \\| `deny`",
                                   .initial = "off",
                                   .doc = "Answer `/robots.txt`. With `deny` all responses carry `X-Robots-Tag: "
                                          "noindex, nofollow`, too.",
                                   .nginx = "not there"}),

    row<&ContentSettings::cors>(
        {.name = "cors",
         .contexts = kEverywhere,
         .repeat = Repeat::Replace,
         .syntax = "origin ... \\| `*` \\| `off`",
         .initial = "off",
         .rule = TextRule::Origins,
         .doc = "The origins (`https://app.example.com`, `https://*.example.com`) whose pages may read the answers. "
                "Preflight requests are answered 204. May repeat.",
         .nginx = "not there"}),
    row<&ContentSettings::cors_methods>({.name = "cors_methods",
                                         .contexts = kEverywhere,
                                         .repeat = Repeat::Replace,
                                         .syntax = "method ...",
                                         .initial = "GET HEAD POST PUT PATCH DELETE",
                                         .rule = TextRule::Tokens,
                                         .doc = "The methods that a preflight request is told of. May repeat.",
                                         .nginx = "not there"}),
    row<&ContentSettings::cors_headers>({.name = "cors_headers",
                                         .contexts = kEverywhere,
                                         .repeat = Repeat::Replace,
                                         .syntax = "field ... \\| `*`",
                                         .initial = "*",
                                         .rule = TextRule::Tokens,
                                         .doc = "The request headers it is told of; `*` are those it asks for. May "
                                                "repeat.",
                                         .nginx = "not there"}),
    row<&ContentSettings::cors_expose_headers>({.name = "cors_expose_headers",
                                                .contexts = kEverywhere,
                                                .repeat = Repeat::Replace,
                                                .syntax = "field ...",
                                                .rule = TextRule::Tokens,
                                                .doc = "The response headers that pages may read. May repeat.",
                                                .nginx = "not there"}),
    row<&ContentSettings::cors_credentials>({.name = "cors_credentials",
                                             .contexts = kEverywhere,
                                             .initial = "off",
                                             .doc = "Whether requests may carry cookies. Not with `cors = *`.",
                                             .nginx = "not there"}),
    row<&ContentSettings::cors_max_age>({.name = "cors_max_age",
                                         .contexts = kEverywhere,
                                         .initial = "1h",
                                         .range = kDuration,
                                         .doc = "How long a preflight's answer holds.",
                                         .nginx = "not there"}),

    row<&ContentSettings::gzip>({.name = "gzip",
                                 .contexts = kEverywhere,
                                 .initial = "off",
                                 .doc = "Code content on its way out for clients that take gzip."}),
    row<&ContentSettings::gzip_comp_level>({.name = "gzip_comp_level",
                                            .contexts = kEverywhere,
                                            .initial = "1",
                                            .range = {1, 9},
                                            .doc = "1 is fast, 9 is small."}),
    row<&ContentSettings::gzip_min_length>({.name = "gzip_min_length",
                                            .contexts = kEverywhere,
                                            .initial = "20",
                                            .doc = "Shorter content is left as it is, where its length is known."}),
    row<&ContentSettings::gzip_types>(
        {.name = "gzip_types",
         .contexts = kEverywhere,
         .repeat = Repeat::Replace,
         .syntax = "media-type ... \\| `*`",
         .initial = "text/html",
         .rule = TextRule::MimeTypes,
         .doc = "The types that are coded, `text/html` among them in any case. May repeat."}),
    row<&ContentSettings::gzip_proxied>(
        {.name = "gzip_proxied",
         .contexts = kEverywhere,
         .syntax = "`off` \\| `expired` \\| `no-cache` \\| `no-store` \\| `private` \\| `no_last_modified` \\| "
                   "`no_etag` \\| `auth` \\| `any` ...",
         .initial = "off",
         .doc = "Which answers are coded for requests that another proxy has sent (with `Via`)."}),
    row<&ContentSettings::gzip_vary>({.name = "gzip_vary",
                                      .contexts = kEverywhere,
                                      .initial = "on",
                                      .doc = "Say `Vary: Accept-Encoding` where the coding depends on it.",
                                      .nginx = "`off`, which spoils caches"}),
    row<&ContentSettings::gzip_http_version>({.name = "gzip_http_version",
                                              .contexts = kEverywhere,
                                              .syntax = "`1.0` \\| `1.1`",
                                              .initial = "1.1",
                                              .doc = "The least HTTP version of clients for which content is coded."}),

    row<&ContentSettings::error_page>(
        {.name = "error_page",
         .contexts = kEverywhere,
         .repeat = Repeat::Merge,
         .syntax = "code ... [=[code]] uri \\| code ... [=[code]] @location \\| code ... [=code] URL \\| `none`",
         .doc = "What stands in the place of answers with these statuses that weir makes itself. `=code` answers "
                "another status, `=` that of the page. Takes variables. May repeat; of several that name a status the "
                "last holds, and `none` forgets what is inherited.",
         .nginx = "a section that has any inherits none"}),
    row<&ContentSettings::recursive_error_pages>({.name = "recursive_error_pages",
                                                  .contexts = kEverywhere,
                                                  .initial = "off",
                                                  .doc = "Let errors of an error's page have a page, too."}),
};

}  // namespace weir::config
