// SPDX-License-Identifier: Apache-2.0
#pragma once
// hashKeyOf(): what an upstream's policy hashes, as text with variables, which are those of whoever uses the upstream.

#include "shared/config/settings.h"

namespace weir {

// Empty where it hashes nothing.
inline TemplateText hashKeyOf(const UpstreamSettings& upstream) {
  return upstream.ip_hash ? TemplateText{"$remote_addr", upstream.origin} : upstream.hash.key;
}

}  // namespace weir
