// SPDX-License-Identifier: Apache-2.0
#include "worker/http/compile_context.h"

#include <string>

#include "worker/upstream/upstream_directory.h"

namespace weir {

Ref<Upstream> CompileContext::upstreamFor(std::string_view host, bool configured) {
  std::string name(host);
  if (!configured) {
    implicit_upstreams.push_back(implicitUpstream(host));
    name = implicit_upstreams.back().name;
  }
  return services == nullptr ? Ref<Upstream>() : services->upstreams.obtain(name);
}

}  // namespace weir
