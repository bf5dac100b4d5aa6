// SPDX-License-Identifier: Apache-2.0
#pragma once
// Conditional requests for one representation that is there, in the order of RFC 9110 13.2.2 (S-46). Pure.

#include <cstdint>
#include <optional>
#include <string_view>

namespace weir {

// The request's fields, as far as they are there; repeated ones joined by commas.
struct Conditions {
  std::optional<std::string_view> if_match;
  std::optional<std::string_view> if_unmodified_since;
  std::optional<std::string_view> if_none_match;
  std::optional<std::string_view> if_modified_since;
  std::optional<std::string_view> if_range;
};

// What the representation is known by.
struct Validators {
  std::string_view etag;              // strong; empty: none is sent
  std::optional<int64_t> modified{};  // seconds since the epoch
  int64_t now = 0;                    // a file of this very second may still change within it
};

enum class ModifiedSince : uint8_t { Ignored, Exact, Before };

enum class ConditionVerdict : uint8_t { Proceed, NotModified, PreconditionFailed };

// For GET and HEAD.
ConditionVerdict evaluate(const Conditions& conditions, const Validators& validators, ModifiedSince mode);
// Whether Range is to be heeded, as far as If-Range has a say.
bool rangeApplies(const Conditions& conditions, const Validators& validators);

}  // namespace weir
