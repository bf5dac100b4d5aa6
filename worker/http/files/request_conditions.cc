// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/request_conditions.h"

#include "worker/http/exchange.h"

namespace weir {

bool RequestConditions::areIn(const Exchange& exchange) { return (exchange.request().present & kFields) != 0; }

RequestConditions::RequestConditions(const Exchange& exchange) {
  conditions_.if_match = joined(exchange, HeaderId::IfMatch, match_);
  conditions_.if_none_match = joined(exchange, HeaderId::IfNoneMatch, none_match_);
  conditions_.if_unmodified_since = exchange.requestField(HeaderId::IfUnmodifiedSince);
  conditions_.if_modified_since = exchange.requestField(HeaderId::IfModifiedSince);
  conditions_.if_range = exchange.requestField(HeaderId::IfRange);
}

// Lists may be written in several fields (RFC 9110 5.3).
std::optional<std::string_view> RequestConditions::joined(const Exchange& exchange, HeaderId id,
                                                          std::string& storage) const {
  if (!contains(exchange.request().repeated, id)) return exchange.requestField(id);
  for (const HeaderField& field : exchange.request().fields)
    if (field.id == id && !field.ignored)
      storage.append(storage.empty() ? "" : ", ").append(field.valueIn(exchange.requestBase()));
  return storage;
}

}  // namespace weir
