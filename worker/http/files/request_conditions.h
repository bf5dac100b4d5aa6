// SPDX-License-Identifier: Apache-2.0
#pragma once
// RequestConditions: an exchange's conditional fields as codec/conditional.h takes them. A view of the exchange.

#include <string>

#include "worker/codec/conditional.h"
#include "worker/codec/header_id.h"

namespace weir {

class Exchange;

class RequestConditions {
 public:
  static constexpr HeaderSet kFields = setOf(HeaderId::IfMatch, HeaderId::IfNoneMatch, HeaderId::IfModifiedSince,
                                             HeaderId::IfUnmodifiedSince, HeaderId::IfRange, HeaderId::Range);
  // One mask: most requests have none of them.
  static bool areIn(const Exchange& exchange);

  explicit RequestConditions(const Exchange& exchange);
  const Conditions& all() const { return conditions_; }

 private:
  std::optional<std::string_view> joined(const Exchange& exchange, HeaderId id, std::string& storage) const;

  std::string match_, none_match_;  // of fields that are repeated
  Conditions conditions_;
};

}  // namespace weir
