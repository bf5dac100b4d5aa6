// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/upstream_references.h"

#include <algorithm>
#include <string>

#include "worker/upstream/upstream_directory.h"

namespace weir {

bool UpstreamReferences::isConfigured(std::string_view name) const {
  return std::any_of(settings_.upstreams.begin(), settings_.upstreams.end(),
                     [name](const UpstreamSettings& upstream) { return upstream.name == name; });
}

Ref<Upstream> UpstreamReferences::refer(std::string_view host, uint16_t default_port) {
  std::string name(host);
  if (!isConfigured(host)) {
    implied_.push_back(implicitUpstream(host, default_port));
    name = implied_.back().name;
  }
  return directory_ == nullptr ? Ref<Upstream>() : directory_->obtain(name);
}

}  // namespace weir
