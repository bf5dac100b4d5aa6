// SPDX-License-Identifier: Apache-2.0
// expires: Expires and Cache-Control, which say how long a response may be kept, as in nginx.
#include <chrono>
#include <string>

#include "worker/codec/http_date.h"
#include "worker/http/compile_context.h"
#include "worker/http/exchange.h"
#include "worker/http/filter.h"

namespace weir {
namespace {

using Kind = ExpiresSetting::Kind;

constexpr int64_t kDay = 86400;

bool isKept(uint16_t status) {
  return status == 200 || status == 201 || status == 204 || status == 206 || (status >= 301 && status <= 304) ||
         status == 307 || status == 308;
}

class ExpiresFilter final : public Filter {
 public:
  explicit ExpiresFilter(const ExpiresSetting& setting) : setting_(setting) {}

  void onResponse(Exchange& exchange, OutgoingHead& head) const override {
    if (!isKept(head.status)) return;
    // What the peer says of it is replaced.
    head.hidden |= setOf(HeaderId::Expires, HeaderId::CacheControl);
    FieldList& fields = exchange.addedFields();
    if (setting_.kind == Kind::Epoch) return add(fields, "Thu, 01 Jan 1970 00:00:01 GMT", "no-cache");
    if (setting_.kind == Kind::Max) return add(fields, "Thu, 31 Dec 2037 23:55:55 GMT", "max-age=315360000");
    auto now = std::chrono::duration_cast<std::chrono::seconds>(exchange.loop().wallNow().time_since_epoch()).count();
    int64_t age = ageFrom(exchange, now);
    add(fields, HttpDate(now + age).text(), age < 0 ? "no-cache" : "max-age=" + std::to_string(age));
  }

 private:
  static void add(FieldList& fields, std::string_view expires, std::string_view control) {
    fields.add("Expires", expires);
    fields.add("Cache-Control", control);
  }

  // Seconds from now.
  int64_t ageFrom(const Exchange& exchange, int64_t now) const {
    if (setting_.kind == Kind::Daily) {
      int64_t left = setting_.seconds - now % kDay;
      return left > 0 ? left : left + kDay;
    }
    if (setting_.kind == Kind::After) return setting_.seconds;
    auto modified = exchange.sentField("Last-Modified");
    auto when = modified ? parseHttpDate(*modified) : std::nullopt;
    return when.value_or(now) + setting_.seconds - now;
  }

  ExpiresSetting setting_;
};

std::unique_ptr<Filter> makeExpires(const LocationSettings& location, CompileContext&) {
  if (location.http.content.expires.kind == Kind::Off) return nullptr;
  return std::make_unique<ExpiresFilter>(location.http.content.expires);
}

const FilterEntry kEntry("45-expires", makeExpires);

}  // namespace
}  // namespace weir
