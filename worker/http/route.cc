// SPDX-License-Identifier: Apache-2.0
#include "worker/http/route.h"

#include <algorithm>

#include "worker/http/compile_context.h"

namespace weir {
namespace {

std::unique_ptr<Handler> firstHandler(const LocationSettings& settings, CompileContext& context) {
  for (const auto& [name, factory] : Registry<HandlerFactory>::instance().rows()) {
    if (auto handler = factory(settings, context)) return handler;
  }
  return nullptr;
}

std::vector<std::unique_ptr<Filter>> allFilters(const LocationSettings& settings, CompileContext& context) {
  std::vector<std::unique_ptr<Filter>> filters;
  for (const auto& [name, factory] : Registry<FilterFactory>::instance().rows()) {
    if (auto filter = factory(settings, context)) filters.push_back(std::move(filter));
  }
  return filters;
}

Segment* segmentOf(const CompileContext& context) {
  return context.services == nullptr ? nullptr : &context.services->segment;
}

bool sameRealIp(const HttpSettings& a, const HttpSettings& b) {
  return a.set_real_ip_from == b.set_real_ip_from && a.real_ip_header == b.real_ip_header &&
         a.real_ip_recursive == b.real_ip_recursive;
}

LocationSettings fallbackOf(const ServerSettings& server) {
  LocationSettings settings;
  settings.name = "_";
  settings.pattern = "/";
  settings.http = server.http;
  settings.origin = server.origin;
  return settings;
}

// Null where it listens nowhere with TLS.
Ref<const TlsContext> compileTls(const ServerSettings& server, CompileContext& context) {
  bool listens = std::any_of(server.listen.begin(), server.listen.end(), [](const auto& listen) { return listen.ssl; });
  if (!listens) return {};
  TlsEnvironment* environment = context.services == nullptr ? nullptr : context.services->tls;
  TlsSettings settings = server.http.tls;
  settings.alpn = {"http/1.1", "http/1.0"};
  return makeRef<TlsContext>(settings, server.name, server.origin, environment, context.diagnostics);
}

}  // namespace

Route::Route(const LocationSettings& settings, CompileContext& context)
    : settings_(settings),
      handler_(firstHandler(settings, context)),
      filters_(allFilters(settings, context)),
      error_pages_(settings.http.content.error_page, context),
      metrics_(std::make_unique<RouteMetrics>(segmentOf(context), context.server->name, settings.name)),
      knows_other_proxies_(!sameRealIp(settings.http, context.server->http)) {}

VirtualServer::VirtualServer(const ServerSettings& settings, CompileContext& context)
    : settings_(settings),
      tls_(compileTls(settings, context)),
      tree_(settings.locations, context.diagnostics),
      fallback_settings_(fallbackOf(settings)),
      metrics_(segmentOf(context), settings.name) {
  context.server = &settings;
  for (const LocationSettings& location : settings.locations)
    routes_.push_back(std::make_unique<Route>(location, context));
  fallback_ = std::make_unique<Route>(fallback_settings_, context);
}

const TlsContext* ListenerRoutes::forName(std::string_view name) const {
  Captures unused;
  return name.empty() ? defaultServer().tls() : find(name, unused).tls();
}

void ListenerRoutes::add(const VirtualServer& server, const ServerSettings& settings, const ListenSetting& listen,
                         Diagnostics& diagnostics) {
  auto index = static_cast<uint32_t>(servers_.size());
  servers_.push_back(&server);
  tls_ = listen.ssl;
  proxy_header_ = listen.proxy_protocol;
  if (listen.default_server) names_.setDefault(default_ = index);
  for (const std::string& name : settings.server_name) names_.add(name, index, settings.origin, diagnostics);
}

std::string_view VirtualServer::firstName() const {
  return settings_.server_name.empty() ? std::string_view(settings_.name) : settings_.server_name.front();
}

}  // namespace weir
