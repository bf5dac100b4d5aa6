// SPDX-License-Identifier: Apache-2.0
#pragma once
// GzipRules: which answers may be coded, and which clients want them so. Made of a location's settings; const.

#include <string>
#include <string_view>
#include <vector>

#include "shared/config/content_settings.h"

namespace weir {

class Exchange;
struct OutgoingHead;

class GzipRules {
 public:
  // REQUIRES: the settings outlive this
  explicit GzipRules(const ContentSettings& content) : content_(content) {}

  // By status, type, length and what the answer says of itself. A 304 may stand for one that was coded.
  bool mayBeCoded(const Exchange& exchange, const OutgoingHead& head) const;
  // A part (206), never coded itself, of what may be: it varies as that does (RFC 9110 15.3.7).
  bool isPartOfCoded(const Exchange& exchange, const OutgoingHead& head) const;
  // By what the client takes, and whether a proxy may have it.
  bool isWanted(const Exchange& exchange) const;

 private:
  bool allows(const Exchange& exchange, const OutgoingHead& head) const;
  bool hasType(std::string_view type) const;
  bool isForProxies(const Exchange& exchange) const;

  const ContentSettings& content_;
};

}  // namespace weir
