// SPDX-License-Identifier: Apache-2.0
#pragma once
// What this binary is. The values come from the build (Makefile: VERSION, and the revision that git names).

#include <string_view>

namespace weir {

extern const std::string_view kVersion;  // "0.1.0"
// "a1b2c3d4e5f6"; "-dirty" follows when the tree had changes; "unknown" when it was built outside of git.
extern const std::string_view kRevision;

}  // namespace weir
