// SPDX-License-Identifier: Apache-2.0
#pragma once
// StreamService: a [stream] as compiled: where its sessions go, and by which rules. Part of a Runtime; const once made.

#include <map>
#include <string>
#include <string_view>

#include "shared/base/ref.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/net/access_rules.h"
#include "worker/net/connector.h"
#include "worker/net/log_directory.h"
#include "worker/stream/session_record.h"
#include "worker/stream/session_scope.h"
#include "worker/text/access_logs.h"
#include "worker/text/connection_limits.h"
#include "worker/tls/tls_client_handshake.h"
#include "worker/tls/tls_context.h"
#include "worker/upstream/try_limits.h"
#include "worker/upstream/upstream.h"
#include "worker/upstream/upstream_references.h"
#include "worker/upstream/worker_services.h"

namespace weir {

// What streams may use while a configuration is compiled.
struct StreamContext {
  const Settings& settings;
  Diagnostics& diagnostics;
  UpstreamReferences& upstreams;
  SessionScope& variables;   // outlives the services
  WorkerServices* services;  // null: check only
  LogDirectory* logs;        // null: check only
  text::LineFormats<SessionRecord> log_formats{settings.log_formats, variables, diagnostics};
};

class StreamService final : public TlsServerChoice {
 public:
  StreamService(const StreamSettings& settings, StreamContext& context);
  StreamService(const StreamService&) = delete;
  StreamService& operator=(const StreamService&) = delete;

  const StreamSettings& settings() const { return settings_; }
  const std::string& name() const { return settings_.name; }

  // Where a session goes; null when there is no such upstream. Variables are looked at anew for each.
  Ref<Upstream> upstreamFor(const SessionRecord& record) const;
  // What the upstream's policy is to go by; may lie in scratch.
  std::string_view hashKey(const SessionRecord& record, std::string& scratch) const;
  // `return` instead of a peer.
  bool answers() const { return !settings_.return_.text.empty(); }
  void appendAnswer(const SessionRecord& record, std::string& to) const;

  bool admits(const Address& client) const { return mayAccess(settings_.access, client); }
  // limit_conn: false turns it away.
  bool takePlace(SessionRecord& record) const;
  // Whose PROXY header is believed.
  bool trusts(const Address& proxy) const;
  // Somebody asks by which of our addresses clients came.
  bool needsLocalAddress() const;

  void log(const SessionRecord& record) const;

  const ConnectOptions& connectOptions() const { return connect_; }
  uint32_t transport() const { return transport_; }
  // What clients are spoken to by; null: it listens without TLS.
  const TlsContext* tls() const { return tls_.get(); }
  const TlsContext* forName(std::string_view) const override { return tls_.get(); }
  // How peers are spoken to; empty: without TLS.
  const TlsClientSetup& peerTls() const { return peer_tls_; }
  // The name that a peer is asked for and must have in its certificate.
  std::string_view peerTlsName(const Upstream& upstream) const;
  TryLimits tryLimits() const { return {settings_.proxy_next_upstream_tries, settings_.proxy_next_upstream_timeout}; }

 private:
  void compilePass(StreamContext& context);
  void compileHashes(StreamContext& context);
  void compileTransport(StreamContext& context);
  void compileTls(StreamContext& context);
  void compilePeerTls(StreamContext& context);

  const StreamSettings& settings_;
  Ref<Upstream> upstream_;
  SessionTemplate pass_;                                        // where proxy_pass has variables
  std::map<std::string, SessionTemplate, std::less<>> hashes_;  // of upstreams that have such a policy, by name
  SessionTemplate answer_;
  text::AccessLogs<SessionRecord> logs_;
  text::ConnectionLimits<SessionRecord> limits_;
  UpstreamDirectory* directory_ = nullptr;
  ConnectOptions connect_;
  uint32_t transport_ = 0;
  Ref<const TlsContext> tls_;
  TlsClientSetup peer_tls_;
};

}  // namespace weir
