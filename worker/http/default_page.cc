// SPDX-License-Identifier: Apache-2.0
#include "worker/http/default_page.h"

#include <fmt/format.h>

#include <iterator>

#include "shared/base/version.h"
#include "worker/codec/http1_writer.h"
#include "worker/http/exchange.h"
#include "worker/http/route.h"

namespace weir {
namespace {

constexpr std::string_view kPage =
    "<!DOCTYPE html>\n<html><head><meta name=\"color-scheme\" content=\"light dark\"><title>{0} {1}</title></head>\n"
    "<body><center><h1>{0} {1}</h1></center>{3}<hr><center>{2}</center></body></html>\n";

// Where the status alone does not say what to do; nginx's words.
std::string_view detailOf(Cause cause) {
  switch (cause) {
    case Cause::PlainHttpOnTls:
      return "<center>The plain HTTP request was sent to HTTPS port</center>";
    case Cause::ClientCertificateMissing:
      return "<center>No required SSL certificate was sent</center>";
    case Cause::ClientCertificateBad:
      return "<center>The SSL certificate error</center>";
    default:
      return {};
  }
}

}  // namespace

void respondDefault(Exchange& exchange, uint16_t status) {
  if (status >= 300 && exchange.answerWithErrorPage(status)) return;
  if (status == 204 || status == 304) return exchange.respond(status, {}, {});
  std::string_view reason = reasonPhrase(status);
  bool tokens = exchange.route()->http().server_tokens;
  fmt::basic_memory_buffer<char, 1024> page;
  fmt::format_to(std::back_inserter(page), kPage, status, reason.empty() ? "Unknown" : reason,
                 tokens ? "weir/" + std::string(kVersion) : "weir", detailOf(exchange.failure().cause));
  exchange.respond(status, "text/html", {page.data(), page.size()});
}

}  // namespace weir
