// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReverseProxy: the handler behind proxy_pass. Holds what is the same for all exchanges of a location; ProxyAnswer does
// the work of one.

#include <optional>

#include "worker/codec/header_id.h"
#include "worker/codec/http1_response.h"
#include "worker/http/handler.h"
#include "worker/http/handlers/proxy_pass.h"
#include "worker/http/handlers/proxy_redirect.h"
#include "worker/http/handlers/proxy_request.h"
#include "worker/net/connector.h"
#include "worker/tls/tls_client_handshake.h"

namespace weir {

struct WorkerServices;

class ReverseProxy final : public Handler {
 public:
  ReverseProxy(const LocationSettings& location, ProxyPass pass, CompileContext& context);

  void handle(Exchange& exchange) const override;

  const HttpSettings& http() const { return http_; }
  const ProxyPass& pass() const { return pass_; }
  const ProxyRequest& request() const { return request_; }
  const ProxyRedirect& redirect() const { return redirect_; }
  // The one that is sent: proxy_method, or the client's.
  Method methodOf(const Exchange& exchange) const;
  const ConnectOptions& connectOptions() const { return connect_; }
  // How the exchange's peer is spoken to: null without TLS.
  const TlsClientSetup* tlsFor(const Exchange& exchange) const {
    return tls_ && pass_.usesTls(exchange) ? &tls_ : nullptr;
  }
  // The name that a peer is asked for and must have in its certificate.
  std::string_view tlsName(const Upstream& upstream) const;
  uint32_t transport(const TlsClientSetup* tls) const { return tls == nullptr ? transport_ : tls_transport_; }
  WorkerServices& services() const { return *services_; }

  // Response fields that clients must not see: proxy_hide_header and weir's own list, less proxy_pass_header (S-27).
  HeaderSet hidden() const { return hidden_; }
  HeaderSet passed() const { return passed_; }
  void hideNamed(ResponseHead& head, const char* base) const;
  // The same question of one name; for those that have no HeaderId.
  bool hides(std::string_view name) const;

 private:
  void compileHidden();
  void compileTransport(CompileContext& context, Origin origin);
  void compileTls(CompileContext& context, Origin origin);

  const HttpSettings& http_;
  ProxyPass pass_;
  ProxyRequest request_;
  ProxyRedirect redirect_;
  ConnectOptions connect_;
  std::optional<Method> method_;  // proxy_method
  TlsClientSetup tls_;
  uint32_t transport_ = 0;
  uint32_t tls_transport_ = 0;
  HeaderSet hidden_ = 0;
  HeaderSet passed_ = 0;
  std::vector<std::string> hidden_names_;  // those without a HeaderId
  WorkerServices* services_;
};

}  // namespace weir
