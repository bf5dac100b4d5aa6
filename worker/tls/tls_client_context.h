// SPDX-License-Identifier: Apache-2.0
#pragma once
// TlsClientContext: proxy_ssl_* settings, compiled, and the sessions that can be resumed with them. Const but for the
// sessions; shared by all routes with the same settings, and kept over reloads while one has them.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/ref.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/tls/client_sessions.h"

struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;

namespace weir {

class TlsClientContexts;

class TlsClientContext final : public Counted {
 public:
  // identity: of TlsClientContexts. Whatever is wrong goes to diagnostics.
  TlsClientContext(const ProxyTlsSettings& settings, std::string identity, Origin origin, Diagnostics& diagnostics);
  ~TlsClientContext() override;

  ssl_ctx_st* native() const { return context_; }
  // What distinguishes it from others.
  const std::string& identity() const { return identity_; }

  // Before a handshake: the name to ask for and to check, a session to resume if there is one.
  void prepare(ssl_st* ssl, std::string_view name, const std::string& session_key);

 private:
  friend class TlsClientContexts;
  void load(const ProxyTlsSettings& settings, Origin origin, Diagnostics& diagnostics);
  void useAuthorities(const ProxyTlsSettings& settings, Origin origin, Diagnostics& diagnostics);
  static int onSession(ssl_st* ssl, ssl_session_st* session);

  std::string identity_;
  ssl_ctx_st* context_;
  TlsClientContexts* directory_ = nullptr;  // that finds it by its identity
  bool server_name_;
  bool verify_;
  bool session_reuse_;
  ClientSessions sessions_;
};

}  // namespace weir
