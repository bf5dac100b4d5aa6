// SPDX-License-Identifier: Apache-2.0
#include "shared/config/directive.h"

#include <algorithm>
#include <array>

#include "shared/config/directives_content.h"
#include "shared/config/directives_files.h"
#include "shared/config/directives_http.h"
#include "shared/config/directives_limit.h"
#include "shared/config/directives_process.h"
#include "shared/config/directives_proxy.h"
#include "shared/config/directives_server.h"
#include "shared/config/directives_stream.h"
#include "shared/config/directives_tls.h"

namespace weir::config {
namespace {

constexpr std::array kSections{
    SectionRow{Context::Main, "main", Label::None, "The process itself. `-g` adds to this section."},
    SectionRow{Context::Metrics, "metrics", Label::None,
               "Where Prometheus may scrape; nothing is served without `listen`."},
    SectionRow{Context::Http, "http", Label::None, "What all servers inherit."},
    SectionRow{
        Context::Server, "server", Label::Required,
        "A virtual server. The label is its name in logs and metrics; `server_name` says which hosts it answers."},
    SectionRow{Context::Location, "location", Label::Required,
               "Part of the server above it: requests whose path matches the label (or `match`)."},
    SectionRow{Context::Upstream, "upstream", Label::Required, "A named group of servers, for `proxy_pass`."},
    SectionRow{Context::Stream, "stream", Label::Required,
               "Connections or datagrams that are passed on as they are. The label is its name."},
    SectionRow{Context::Map, "map", Label::Required,
               "A variable by the value of others, for requests and streams. The label is `$source $target`."},
};

template <size_t... Sizes>
consteval auto joined(const std::array<Directive, Sizes>&... parts) {
  std::array<Directive, (Sizes + ...)> all;
  auto* to = all.begin();
  ((to = std::copy(parts.begin(), parts.end(), to)), ...);
  return all;
}

// In the order of the reference and of -T.
constexpr auto kDirectives =
    joined(kProcessDirectives, kServerDirectives, kHttpDirectives, kFileDirectives, kContentDirectives,
           kLimitDirectives, kProxyDirectives, kTlsDirectives, kStreamDirectives);

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
