// SPDX-License-Identifier: Apache-2.0
#pragma once
// "Did you mean": the known word nearest to one that is not known.

#include <span>
#include <string>
#include <string_view>

namespace weir {

// How many characters have to be inserted, removed, replaced or swapped with their neighbour to make a into b.
size_t editDistance(std::string_view a, std::string_view b);

// The nearest of known, empty when none is near enough to be meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

// "; did you mean \"X\"?", or nothing.
std::string didYouMean(std::string_view word, std::span<const std::string_view> known);

}  // namespace weir
