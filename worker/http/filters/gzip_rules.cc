// SPDX-License-Identifier: Apache-2.0
#include "worker/http/filters/gzip_rules.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "worker/codec/accept_encoding.h"
#include "worker/codec/http_date.h"
#include "worker/http/exchange.h"

namespace weir {
namespace {

bool sameWord(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Whether a Cache-Control value names the directive.
bool names(std::string_view value, std::string_view directive) {
  while (!value.empty()) {
    size_t end = std::min(value.find(','), value.size());
    std::string_view element = value.substr(0, end);
    element.remove_prefix(std::min(element.find_first_not_of(" \t"), element.size()));
    element = element.substr(0, element.find_first_of("= \t"));
    if (sameWord(element, directive)) return true;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return false;
}

std::string_view typeOf(const OutgoingHead& head) {
  if (!head.content_type.empty()) return head.content_type;
  for (const HeaderField& field : head.forwarded)
    if (field.id == HeaderId::ContentType && field.endToEnd()) return field.valueIn(head.base);
  return {};
}

std::string_view sent(const Exchange& exchange, std::string_view name) {
  return exchange.sentField(name).value_or(std::string_view());
}

// Of "bytes 0-9/100"; nullopt for "*".
std::optional<uint64_t> wholeLength(std::string_view range) {
  std::string_view text = range.substr(std::min(range.find('/'), range.size()));
  if (!text.empty()) text.remove_prefix(1);
  uint64_t length = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return error == std::errc() ? std::optional(length) : std::nullopt;
}

}  // namespace

bool GzipRules::mayBeCoded(const Exchange& exchange, const OutgoingHead& head) const {
  if (head.status == 304) return true;
  if (head.status != 200 && head.status != 403 && head.status != 404) return false;
  if (head.content_length && *head.content_length < content_.gzip_min_length.bytes) return false;
  return hasType(typeOf(head)) && allows(exchange, head);
}

bool GzipRules::isPartOfCoded(const Exchange& exchange, const OutgoingHead& head) const {
  if (head.status != 206 || !allows(exchange, head)) return false;
  // Several parts do not say in the head what they are of.
  if (typeOf(head).starts_with("multipart/byteranges")) return true;
  auto whole = wholeLength(sent(exchange, "Content-Range"));
  return hasType(typeOf(head)) && (!whole || *whole >= content_.gzip_min_length.bytes);
}

bool GzipRules::allows(const Exchange& exchange, const OutgoingHead& head) const {
  if (head.upgrade || exchange.sentField("Content-Encoding")) return false;
  return !names(sent(exchange, "Cache-Control"), "no-transform");
}

bool GzipRules::hasType(std::string_view type) const {
  type = type.substr(0, type.find_first_of("; \t"));
  if (type.empty()) return false;
  return sameWord(type, "text/html") ||
         std::any_of(content_.gzip_types.begin(), content_.gzip_types.end(),
                     [&](const std::string& each) { return each == "*" || sameWord(each, type); });
}

bool GzipRules::isWanted(const Exchange& exchange) const {
  bool too_old = exchange.request().minor_version == 0 && content_.gzip_http_version == HttpVersion::Http11;
  auto accepted = exchange.requestField(HeaderId::AcceptEncoding);
  if (too_old || !accepted || codingQuality(*accepted, "gzip") == 0) return false;
  return !exchange.request().has(HeaderId::Via) || isForProxies(exchange);
}

bool GzipRules::isForProxies(const Exchange& exchange) const {
  const GzipProxiedSetting& rules = content_.gzip_proxied;
  if (rules.any) return true;
  if (rules.auth && exchange.request().has(HeaderId::Authorization)) return true;
  std::string_view expires = sent(exchange, "Expires");
  if (rules.expired && !expires.empty()) {
    auto date = parseHttpDate(expires);
    auto now = std::chrono::duration_cast<std::chrono::seconds>(exchange.loop().wallNow().time_since_epoch()).count();
    if (!date || *date <= now) return true;
  }
  std::string_view control = sent(exchange, "Cache-Control");
  if ((rules.no_cache && names(control, "no-cache")) || (rules.no_store && names(control, "no-store")) ||
      (rules.private_ && names(control, "private")))
    return true;
  return (rules.no_last_modified && !exchange.sentField("Last-Modified")) ||
         (rules.no_etag && !exchange.sentField("ETag"));
}

}  // namespace weir
