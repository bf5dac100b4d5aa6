// SPDX-License-Identifier: Apache-2.0
#pragma once
// UpstreamReferences: the upstreams that a configuration refers to while it is compiled: those it configures, and those
// that an address in a proxy_pass implies. Lives as long as the compilation.

#include <string_view>
#include <utility>
#include <vector>

#include "shared/base/ref.h"
#include "shared/config/settings.h"
#include "worker/upstream/upstream.h"

namespace weir {

class UpstreamDirectory;

class UpstreamReferences {
 public:
  // directory: null in a check.
  UpstreamReferences(const Settings& settings, UpstreamDirectory* directory)
      : settings_(settings), directory_(directory) {}

  // The upstream that proxy_pass names; one that no section configures is implied by its address, with default_port
  // where that has none. Null in a check.
  Ref<Upstream> refer(std::string_view host, uint16_t default_port = 80);
  bool isConfigured(std::string_view name) const;

  std::vector<UpstreamSettings> takeImplied() { return std::move(implied_); }

 private:
  const Settings& settings_;
  UpstreamDirectory* directory_;
  std::vector<UpstreamSettings> implied_;
};

}  // namespace weir
