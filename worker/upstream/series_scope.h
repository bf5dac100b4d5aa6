// SPDX-License-Identifier: Apache-2.0
#pragma once
// SeriesScope: whether an upstream and its peers have metrics and health of their own, shared by all workers, or are
// one of those that variables made: clients may choose their addresses, and what they choose must not become a label.

#include <cstdint>
#include <string_view>

namespace weir {

enum class SeriesScope : uint8_t {
  Own,
  Variable,  // counted together; health is known to this worker only
};

// What names an upstream or a peer in a series.
constexpr std::string_view seriesLabel(SeriesScope scope, std::string_view name) {
  return scope == SeriesScope::Own ? name : "variable";
}

}  // namespace weir
