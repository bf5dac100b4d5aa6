// SPDX-License-Identifier: Apache-2.0
#pragma once
// The path of a request, from its raw target to what locations are matched on (S-43), and back to the wire.
// Views go into the input wherever it can serve as it is, else into the caller's storage, whose capacity is reused.

#include <cstdint>
#include <string>
#include <string_view>

namespace weir {

enum class Slashes : uint8_t { Keep, Merge };  // merge_slashes

struct Target {
  std::string_view path;  // decoded once, no `.` or `..` segment; begins with '/'
  std::string_view args;  // behind the first '?', as received; empty when there is none
};

// Splits path and query, decodes the path once, resolves its dot segments. The target is in origin form; an empty path
// is "/" (RFC 9112 3.2.2). False, the request being malformed: a path that climbs above the root, a percent sign
// without two hex digits, a control character plain or decoded, a fragment, or a path that does not begin with '/'.
bool parseTarget(std::string_view text, Slashes slashes, std::string& storage, Target& target);

// Appends a decoded path as it may stand in a request line or a Location field (nginx's NGX_ESCAPE_URI).
void appendEscapedPath(std::string_view path, std::string& to);

// A Host field or an authority without port and trailing dot, in lower case. IPv6 keeps its brackets.
// REQUIRES: the codec has accepted it.
std::string_view normalizeHost(std::string_view text, std::string& storage);

}  // namespace weir
