// SPDX-License-Identifier: Apache-2.0
#pragma once
// SHA-256 of bytes in memory (FIPS 180-4): to tell whether two configurations are the same. For the master, at a
// reload; nothing secret depends on it, and nothing on traffic uses it.

#include <array>
#include <cstdint>
#include <string_view>

namespace weir {

std::array<uint8_t, 32> sha256(std::string_view bytes);

}  // namespace weir
