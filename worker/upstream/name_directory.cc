// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/name_directory.h"

namespace weir {

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

}  // namespace weir
