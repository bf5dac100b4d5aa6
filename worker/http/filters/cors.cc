// SPDX-License-Identifier: Apache-2.0
// cors: which pages of other origins may read the answers (the Fetch standard's CORS protocol).
#include <strings.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"

namespace weir {
namespace {

constexpr std::string_view kAskMethod = "Access-Control-Request-Method";
constexpr std::string_view kAskHeaders = "Access-Control-Request-Headers";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

bool sameText(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// "https://*.example.com" is any name below example.com, and not that itself.
bool matches(std::string_view pattern, std::string_view origin) {
  size_t star = pattern.find("://*.");
  if (star == std::string_view::npos) return sameText(pattern, origin);
  std::string_view scheme = pattern.substr(0, star + 3);
  std::string_view domain = pattern.substr(star + 4);
  if (origin.size() <= scheme.size() + domain.size()) return false;
  std::string_view below = origin.substr(scheme.size(), origin.size() - scheme.size() - domain.size());
  return sameText(scheme, origin.substr(0, scheme.size())) &&
         sameText(domain, origin.substr(origin.size() - domain.size())) &&
         below.find_first_of("/:@") == std::string_view::npos;
}

class CorsFilter final : public Filter {
 public:
  explicit CorsFilter(const ContentSettings& content)
      : origins_(content.cors),
        any_(content.cors.front() == "*"),
        methods_(joined(content.cors_methods)),
        headers_(joined(content.cors_headers)),
        exposed_(joined(content.cors_expose_headers)),
        max_age_(std::to_string(content.cors_max_age.count() / 1000)),
        credentials_(content.cors_credentials) {}

  Verdict onRequest(Exchange& exchange) const override {
    bool preflight = exchange.request().method == Method::Options && exchange.requestField(HeaderId::Origin) &&
                     exchange.requestField(kAskMethod);
    if (!preflight) return Verdict::Continue;
    if (mayRead(exchange)) addPreflight(exchange);
    exchange.respond(204, {}, {});
    return Verdict::Answered;
  }

  void onResponse(Exchange& exchange, OutgoingHead&) const override {
    FieldList& fields = exchange.addedFields();
    if (!any_) fields.add("Vary", "Origin");
    if (!mayRead(exchange)) return;
    fields.add("Access-Control-Allow-Origin", any_ ? "*" : *exchange.requestField(HeaderId::Origin));
    if (credentials_) fields.add("Access-Control-Allow-Credentials", "true");
    if (!exposed_.empty()) fields.add("Access-Control-Expose-Headers", exposed_);
  }

 private:
  bool mayRead(const Exchange& exchange) const {
    auto origin = exchange.requestField(HeaderId::Origin);
    return origin && (any_ || std::any_of(origins_.begin(), origins_.end(),
                                          [&](const std::string& pattern) { return matches(pattern, *origin); }));
  }

  void addPreflight(Exchange& exchange) const {
    FieldList& fields = exchange.addedFields();
    fields.add("Access-Control-Allow-Methods", methods_);
    std::string_view headers = headers_;
    if (headers == "*") {
      headers = exchange.requestField(kAskHeaders).value_or("");
      fields.add("Vary", kAskHeaders);
    }
    if (!headers.empty()) fields.add("Access-Control-Allow-Headers", headers);
    fields.add("Access-Control-Max-Age", max_age_);
  }

  const std::vector<std::string>& origins_;
  bool any_;
  std::string methods_, headers_, exposed_, max_age_;
  bool credentials_;
};

std::unique_ptr<Filter> makeCors(const LocationSettings& location, CompileContext& context) {
  const ContentSettings& content = location.http.content;
  if (content.cors.empty() || content.cors.front() == "off") return nullptr;
  if (content.cors.front() == "*" && content.cors_credentials)
    context.diagnostics.error(location.origin,
                              "\"cors_credentials\": \"cors = *\" would let any page act as its reader");
  return std::make_unique<CorsFilter>(content);
}

const FilterEntry kEntry("15-cors", makeCors);

}  // namespace
}  // namespace weir
