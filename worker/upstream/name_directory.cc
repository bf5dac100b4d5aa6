// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/name_directory.h"

#include <array>

#include "shared/stats/slot.h"

namespace weir {
namespace {

constexpr std::array<std::string_view, 3> kResults{"found", "not_found", "temporary"};

}  // namespace

void NameDirectory::setResolver(Resolver* resolver) {
  resolver_ = resolver;
  for (const auto& [_, name] : names_)
    if (!name->answered()) name->ask();
}

Ref<ResolvedName> NameDirectory::obtain(std::string_view name) {
  if (auto known = names_.find(name); known != names_.end()) return Ref<ResolvedName>(known->second);
  Ref<ResolvedName> made = makeRef<ResolvedName>(*this, std::string(name), loop_);
  names_.emplace(made->name(), made.get());
  made->ask();
  return made;
}

void NameDirectory::count(ResolveStatus status) {
  const std::string_view resolver = resolver_ == nullptr ? std::string_view("none") : resolver_->name();
  // All three are there from the first answer on: an alert sees no increase in a series that begins at 1.
  for (size_t i = 0; i < kResults.size(); ++i) {
    const CellIndex cell = segment_.series(Metric::DnsQueriesTotal, {resolver, kResults[i]});
    if (i == static_cast<size_t>(status)) stats::add(cell);
  }
}

}  // namespace weir
