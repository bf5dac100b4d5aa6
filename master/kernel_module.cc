// SPDX-License-Identifier: Apache-2.0
#include "master/kernel_module.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "shared/base/fd.h"
#include "shared/config/tls_servers.h"

namespace weir {

// To ask for it on a socket is enough, be it that this one is not connected and cannot have it.
void wakeKernelTls(const Settings& settings) {
  bool wanted = false;
  eachTlsServer(settings, [&](const TlsSettings& tls, const std::string&, Origin) { wanted |= tls.ktls; });
  if (!wanted) return;
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_ULP, "tls", sizeof "tls");
}

}  // namespace weir
