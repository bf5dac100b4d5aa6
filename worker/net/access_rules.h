// SPDX-License-Identifier: Apache-2.0
#pragma once
// allow and deny: the first rule whose network holds the client decides; where none does, it may.

#include <vector>

#include "shared/base/address.h"
#include "shared/config/settings.h"

namespace weir {

inline bool mayAccess(const std::vector<AccessRule>& rules, const Address& client) {
  for (const AccessRule& rule : rules)
    if (rule.network.contains(client)) return rule.allow;
  return true;
}

}  // namespace weir
