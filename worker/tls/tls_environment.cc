// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/tls_environment.h"

#include <utility>

#include "shared/base/log.h"

namespace weir {

void TlsEnvironment::useMemory(std::map<std::string, Fd> sessions, Fd responses) {
  session_caches_.use(std::move(sessions));
  if (stapled_responses_ && stapled_responses_->isOf(responses.get())) return;
  stapled_responses_ = {};
  if (!responses) return;
  auto mapped = SharedMemory::map(responses.get());
  if (mapped) stapled_responses_ = makeRef<StapledResponses>(std::move(mapped).value());
  if (!mapped) WEIR_LOG(Error, "ssl_stapling: {}", mapped.error().message());
}

}  // namespace weir
