// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/header_id.h"

#include "worker/codec/header_lookup.h"

namespace weir {

HeaderId headerIdOf(std::string_view name) { return header_lookup::find(name).id; }

}  // namespace weir
