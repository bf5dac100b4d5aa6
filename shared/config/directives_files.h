// SPDX-License-Identifier: Apache-2.0
#pragma once
// Rows of the table of directives: files, how they are found and how they are sent.

#include <array>

#include "shared/config/field.h"

namespace weir::config {

inline constexpr std::array kFileDirectives{
    row<&ContentSettings::root>({.name = "root",
                                 .contexts = kEverywhere,
                                 .syntax = "path",
                                 .rule = TextRule::Path,
                                 .doc = "Serve files: the one at this path with the request's path behind it. Takes "
                                        "variables; what comes out never leaves the part before the first of them.",
                                 .nginx = "`html`; here nothing is served unless it says what"}),
    row<&ContentSettings::alias>(
        {.name = "alias",
         .contexts = Context::Location,
         .inherited = false,
         .syntax = "path",
         .rule = TextRule::Path,
         .doc = "Serve files: the path in place of the location's. A prefix location and its alias both end in `/`; "
                "with an exact path or a pattern it is the whole path of the file, and may hold captures.",
         .nginx = "lets `location /i` with `alias /d/` be left by `/i../`"}),
    row<&ContentSettings::index>({.name = "index",
                                  .contexts = kEverywhere,
                                  .repeat = Repeat::Replace,
                                  .syntax = "file ...",
                                  .initial = "index.html",
                                  .rule = TextRule::IndexFile,
                                  .doc =
                                      "What is answered for a folder, the first that is there; locations are matched "
                                      "anew for it. A last one that begins with `/` is taken unseen. May repeat.",
                                  .nginx = "takes variables"}),
    row<&ContentSettings::try_files>(
        {.name = "try_files",
         .contexts = kAnswering,
         .inherited = false,
         .syntax = "file ... uri \\| file ... @location \\| file ... =code",
         .doc = "The first of these files is answered (with a `/` behind it, the first folder); when none is there, "
                "the last word says what: another URI, a named location, or a status. Takes variables."}),
    row<&ContentSettings::disable_symlinks>(
        {.name = "disable_symlinks",
         .contexts = kEverywhere,
         .syntax = "`off` \\| `outside` \\| `on` \\| `if_not_owner`",
         .initial = "outside",
         .doc = "Which symbolic links below the root are refused with 403: none, those that lead out of it (as every "
                "absolute one does), all, or those of another owner than what they lead to. The root itself may be "
                "one.",
         .nginx = "`off`; no `outside`; `from=`"}),
    row<&ContentSettings::dotfiles>({.name = "dotfiles",
                                     .contexts = kEverywhere,
                                     .syntax = "`deny` \\| `allow`",
                                     .initial = "deny",
                                     .doc = "Whether files and folders whose name begins with a dot are served and "
                                            "listed; `/.well-known/` always is. Denied ones are answered 404.",
                                     .nginx = "not there: they are served"}),
    row<&ContentSettings::log_not_found>({.name = "log_not_found",
                                          .contexts = kEverywhere,
                                          .initial = "on",
                                          .doc = "Say in the error log, at level `info`, which files are missing.",
                                          .nginx = "at level `error`"}),
    row<&ContentSettings::gzip_static>({.name = "gzip_static",
                                        .contexts = kEverywhere,
                                        .syntax = "`on` \\| `off` \\| `always`",
                                        .initial = "off",
                                        .doc = "Answer with the file that has `.gz` behind its name, where there is "
                                               "one and the client takes it; `always` asks nobody."}),
    row<&ContentSettings::brotli_static>({.name = "brotli_static",
                                          .contexts = kEverywhere,
                                          .syntax = "`on` \\| `off` \\| `always`",
                                          .initial = "off",
                                          .doc = "The same with `.br`.",
                                          .nginx = "a module of others"}),
    row<&ContentSettings::zstd_static>({.name = "zstd_static",
                                        .contexts = kEverywhere,
                                        .syntax = "`on` \\| `off` \\| `always`",
                                        .initial = "off",
                                        .doc = "The same with `.zst`.",
                                        .nginx = "a module of others"}),

    row<&ContentSettings::autoindex>({.name = "autoindex",
                                      .contexts = kEverywhere,
                                      .initial = "off",
                                      .doc = "List folders that have no index file."}),
    row<&ContentSettings::autoindex_exact_size>({.name = "autoindex_exact_size",
                                                 .contexts = kEverywhere,
                                                 .initial = "off",
                                                 .doc = "Sizes in bytes rather than rounded.",
                                                 .nginx = "`on`"}),
    row<&ContentSettings::autoindex_localtime>({.name = "autoindex_localtime",
                                                .contexts = kEverywhere,
                                                .initial = "off",
                                                .doc = "Times of the server's zone rather than UTC."}),
    row<&ContentSettings::autoindex_format>({.name = "autoindex_format",
                                             .contexts = kEverywhere,
                                             .syntax = "`html` \\| `json`",
                                             .initial = "html",
                                             .doc = "What a listing is.",
                                             .nginx = "also `xml` and `jsonp`"}),

    row<&ContentSettings::etag>({.name = "etag",
                                 .contexts = kEverywhere,
                                 .initial = "on",
                                 .doc = "Send an `ETag`, made of modification time in nanoseconds, size and inode."}),
    row<&ContentSettings::if_modified_since>(
        {.name = "if_modified_since",
         .contexts = kEverywhere,
         .syntax = "`off` \\| `exact` \\| `before`",
         .initial = "before",
         .doc = "When a file counts as unmodified: never, at the same time, or also when it is older.",
         .nginx = "`exact`"}),
    row<&ContentSettings::max_ranges>({.name = "max_ranges",
                                       .contexts = kEverywhere,
                                       .initial = "100",
                                       .range = {0, 10'000},
                                       .doc = "A request for more ranges gets the whole file, as does one whose ranges "
                                              "come to more than that; 0 ignores `Range`.",
                                       .nginx = "no limit"}),
    row<&ContentSettings::sendfile>({.name = "sendfile",
                                     .contexts = kEverywhere,
                                     .initial = "on",
                                     .doc = "Let the kernel send files without their passing through the process.",
                                     .nginx = "`off`"}),
    row<&ContentSettings::sendfile_max_chunk>(
        {.name = "sendfile_max_chunk",
         .contexts = kEverywhere,
         .initial = "2m",
         .range = {4096, 1ull << 30},
         .doc = "What one connection may send of a file before it is another one's turn.",
         .nginx = "0 is no limit"}),
    row<&ContentSettings::tcp_nopush>({.name = "tcp_nopush",
                                       .contexts = kEverywhere,
                                       .initial = "on",
                                       .doc = "Send a head and the beginning of its file in one packet.",
                                       .nginx = "`off`"}),
    row<&ContentSettings::open_file_cache>(
        {.name = "open_file_cache",
         .contexts = kEverywhere,
         .syntax = "`off` \\| `max=`number [`inactive=`time] [`memory=`size]",
         .initial = "off",
         .doc = "Keep so many files open in each worker, and the content of small ones in memory (of 16m in all), "
                "until they have not been asked for that long (60s).",
         .nginx = "no `memory`"}),
    row<&ContentSettings::open_file_cache_valid>({.name = "open_file_cache_valid",
                                                  .contexts = kEverywhere,
                                                  .initial = "60s",
                                                  .range = kTimeout,
                                                  .doc = "After this time a kept file is looked up again."}),
    row<&ContentSettings::open_file_cache_min_uses>(
        {.name = "open_file_cache_min_uses",
         .contexts = kEverywhere,
         .initial = "1",
         .range = {1, 1'000'000},
         .doc = "Requests within `inactive` from which on a file is kept."}),
    row<&ContentSettings::open_file_cache_errors>({.name = "open_file_cache_errors",
                                                   .contexts = kEverywhere,
                                                   .initial = "off",
                                                   .doc = "Keep in mind which files are not there, too."}),
    row<&ContentSettings::open_file_cache_events>(
        {.name = "open_file_cache_events",
         .contexts = kEverywhere,
         .initial = "on",
         .doc = "Let the kernel say when a kept file changes, is replaced or deleted, so that the next request sees "
                "it.",
         .nginx = "`off`, and only with kqueue"}),
};

}  // namespace weir::config
