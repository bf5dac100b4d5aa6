// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes handed from process to process as a sealed memfd: whoever receives it may map it without fear that it changes.

#include <string>
#include <string_view>

#include "shared/base/fd.h"
#include "shared/base/result.h"

namespace weir {

Result<Fd> sealBytes(std::string_view bytes);

// A copy of the whole. The descriptor's offset, shared by all who got it, is neither used nor moved. An error, too,
// when the descriptor is not sealed.
Result<std::string> readSealed(int fd);

}  // namespace weir
