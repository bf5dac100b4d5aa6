// SPDX-License-Identifier: Apache-2.0
#pragma once
// Route: a compiled location: who answers, what filters see, what is counted. VirtualServer: a compiled server with its
// routes. Both belong to a Runtime, are const once made, and point into its Settings.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/settings.h"
#include "worker/http/error_pages.h"
#include "worker/http/filter.h"
#include "worker/http/handler.h"
#include "worker/http/http_metrics.h"
#include "worker/http/location_tree.h"
#include "worker/http/server_names.h"
#include "worker/tls/tls_context.h"

namespace weir {

class Route {
 public:
  // REQUIRES: the settings outlive the route.
  Route(const LocationSettings& settings, CompileContext& context);

  const std::string& name() const { return settings_.name; }
  const HttpSettings& http() const { return settings_.http; }
  const LocationSettings& settings() const { return settings_; }
  const Handler* handler() const { return handler_.get(); }  // null: nothing answers here
  const std::vector<std::unique_ptr<Filter>>& filters() const { return filters_; }
  const ErrorPages& errorPages() const { return error_pages_; }
  RouteMetrics& metrics() const { return *metrics_; }
  // Whose word for a client's address is taken, and how, is not what the server says (set_real_ip_from and its kin).
  bool knowsOtherProxies() const { return knows_other_proxies_; }

 private:
  const LocationSettings& settings_;
  std::unique_ptr<Handler> handler_;
  std::vector<std::unique_ptr<Filter>> filters_;
  ErrorPages error_pages_;
  std::unique_ptr<RouteMetrics> metrics_;
  bool knows_other_proxies_;
};

class VirtualServer {
 public:
  VirtualServer(const ServerSettings& settings, CompileContext& context);

  const std::string& name() const { return settings_.name; }
  // The first server_name, else the section's name: $server_name.
  std::string_view firstName() const;
  const HttpSettings& http() const { return settings_.http; }
  const LocationTree& locations() const { return tree_; }
  const Route& route(int location) const { return *routes_[static_cast<size_t>(location)]; }
  // What answers where no location matches, and what stands for a request that is refused before.
  const Route& fallback() const { return *fallback_; }
  const ServerMetrics& metrics() const { return metrics_; }
  const TlsContext* tls() const { return tls_.get(); }  // null: it listens without

 private:
  const ServerSettings& settings_;
  Ref<const TlsContext> tls_;
  LocationTree tree_;
  std::vector<std::unique_ptr<Route>> routes_;
  LocationSettings fallback_settings_;
  std::unique_ptr<Route> fallback_;
  ServerMetrics metrics_;
};

// The virtual servers of one listening address.
class ListenerRoutes final : public TlsServerChoice {
 public:
  // The first one added as default_server, else the first, answers for hosts that nobody names.
  void add(const VirtualServer& server, const ServerSettings& settings, const ListenSetting& listen,
           Diagnostics& diagnostics);
  // host: as normalizeHost() gives it. REQUIRES: a server was added
  const VirtualServer& find(std::string_view host, Captures& captures) const {
    return servers_.size() == 1 && names_.patterns().empty() ? *servers_[0] : *servers_[names_.find(host, captures)];
  }
  // Whose limits hold before the host is known.
  const VirtualServer& defaultServer() const { return *servers_[default_]; }
  bool usesTls() const { return defaultServer().tls() != nullptr && tls_; }
  // Its clients are proxies, who say first for whom they come.
  bool expectsProxyHeader() const { return proxy_header_; }
  // REQUIRES: usesTls()
  const TlsContext* forName(std::string_view name) const override;

 private:
  ServerNames names_;
  std::vector<const VirtualServer*> servers_;
  uint32_t default_ = 0;
  bool tls_ = false;
  bool proxy_header_ = false;
};

}  // namespace weir
