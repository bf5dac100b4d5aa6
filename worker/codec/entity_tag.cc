// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/entity_tag.h"

namespace weir {
namespace {

constexpr std::string_view kWeak = "W/";

void skipBlanks(std::string_view& rest) {
  while (!rest.empty() && (rest[0] == ' ' || rest[0] == '\t' || rest[0] == ',')) rest.remove_prefix(1);
}

// The next tag of a list; empty at its end or where it is malformed.
std::string_view takeTag(std::string_view& rest) {
  skipBlanks(rest);
  size_t begin = rest.starts_with(kWeak) ? kWeak.size() : 0;
  if (begin >= rest.size() || rest[begin] != '"') return {};
  size_t end = rest.find('"', begin + 1);
  if (end == std::string_view::npos) return {};
  std::string_view tag = rest.substr(0, end + 1);
  rest.remove_prefix(end + 1);
  return tag;
}

std::string_view withoutWeak(std::string_view tag) { return tag.starts_with(kWeak) ? tag.substr(kWeak.size()) : tag; }

}  // namespace

bool sameTag(std::string_view a, std::string_view b, TagComparison comparison) {
  if (a.empty() || b.empty()) return false;
  if (comparison == TagComparison::Weak) return withoutWeak(a) == withoutWeak(b);
  return a == b && !a.starts_with(kWeak);
}

bool namesTag(std::string_view list, std::string_view tag, TagComparison comparison) {
  if (list == "*") return true;
  for (std::string_view each = takeTag(list); !each.empty(); each = takeTag(list))
    if (sameTag(each, tag, comparison)) return true;
  return false;
}

}  // namespace weir
