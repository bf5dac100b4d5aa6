// SPDX-License-Identifier: Apache-2.0
#pragma once
// The Accept-Encoding field (RFC 9110 12.5.3).

#include <cstdint>
#include <string_view>

namespace weir {

// How much a content coding is wanted: 0, not at all, to 1000. One that is not named is wanted as "*" is, or not.
uint16_t codingQuality(std::string_view accept_encoding, std::string_view coding);

}  // namespace weir
