// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/client_sessions.h"

#include <ctime>

#include "worker/tls/openssl.h"

namespace weir {
namespace {

bool isGood(SSL_SESSION* session) {
  bool in_time = SSL_SESSION_get_time(session) + SSL_SESSION_get_timeout(session) > ::time(nullptr);
  return in_time && SSL_SESSION_is_resumable(session) == 1;
}

}  // namespace

void ClientSessions::Freer::operator()(ssl_session_st* session) const { SSL_SESSION_free(session); }

ClientSessions::ClientSessions() = default;
ClientSessions::~ClientSessions() = default;

void ClientSessions::keep(const std::string& server, SSL_SESSION* session) {
  Session kept(session);
  if (sessions_.size() >= kServers && !sessions_.contains(server)) sessions_.erase(sessions_.begin());
  auto& list = sessions_[server];
  list.push_back(std::move(kept));
  if (list.size() > kPerServer) list.pop_front();
}

SSL_SESSION* ClientSessions::take(const std::string& server) {
  auto found = sessions_.find(server);
  if (found == sessions_.end()) return nullptr;
  auto& list = found->second;
  while (!list.empty() && !isGood(list.back().get())) list.pop_back();
  if (list.empty()) {
    sessions_.erase(found);
    return nullptr;
  }
  // A copy: OpenSSL writes into the one that a connection uses.
  SSL_SESSION* session = SSL_SESSION_dup(list.back().get());
  if (list.size() > 1 && SSL_SESSION_get_protocol_version(list.back().get()) == TLS1_3_VERSION) list.pop_back();
  return session;
}

}  // namespace weir
