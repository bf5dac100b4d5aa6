// SPDX-License-Identifier: Apache-2.0
#include "shared/base/version.h"

namespace weir {

const std::string_view kVersion = WEIR_VERSION;
const std::string_view kRevision = WEIR_REVISION;

}  // namespace weir
