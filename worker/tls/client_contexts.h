// SPDX-License-Identifier: Apache-2.0
#pragma once
// TlsClientContexts: the client contexts of a worker by their settings, so that routes with equal ones share sessions
// and connections, and a reload that changes nothing about them loses neither. Part of TlsEnvironment.

#include <map>
#include <string>

#include "shared/base/ref.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/tls/tls_client_context.h"

namespace weir {

class TlsClientContexts {
 public:
  Ref<TlsClientContext> obtain(const ProxyTlsSettings& settings, Origin origin, Diagnostics& diagnostics);

  // A text that is equal for equal settings, the content of files included.
  static std::string identityOf(const ProxyTlsSettings& settings);

 private:
  friend class TlsClientContext;
  void forget(const TlsClientContext& context) { contexts_.erase(context.identity()); }

  std::map<std::string, TlsClientContext*> contexts_;  // not owned: a context forgets itself
};

}  // namespace weir
