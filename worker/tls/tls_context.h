// SPDX-License-Identifier: Apache-2.0
#pragma once
// TlsContext: a server's ssl_* settings, compiled: certificates, keys, versions, ciphers, tickets, what is asked of
// clients. Const once made; every stream that was accepted by it holds it. TlsServerChoice: whose certificate a name
// gets, on one listening address.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/clock.h"
#include "shared/base/ref.h"
#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "shared/ipc/ticket_keys.h"
#include "worker/tls/session_cache.h"
#include "worker/tls/stapled_responses.h"

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;
struct x509_st;

namespace weir {

class TlsEnvironment;

class TlsContext final : public Counted {
 public:
  // server: whose settings they are; sessions of one are not resumed by another. Whatever is wrong goes to
  // diagnostics, with the file; the result is then of no use. environment: null in a check.
  TlsContext(const TlsSettings& settings, std::string_view server, Origin origin, TlsEnvironment* environment,
             Diagnostics& diagnostics);
  ~TlsContext() override;

  ssl_ctx_st* native() const { return context_; }
  bool rejects() const { return rejects_; }
  bool takesEarlyData() const { return early_data_; }
  VerifyClient verifyClient() const { return verify_client_; }
  Milliseconds handshakeTimeout() const { return handshake_timeout_; }
  uint32_t recordSize() const { return record_size_; }

  // Of the same server, with the same demands on clients.
  bool sharesSessionsWith(const TlsContext& other) const { return session_scope_ == other.session_scope_; }

  // From within a handshake: this context goes on with it.
  void adopt(ssl_st* ssl) const;

 private:
  void load(const TlsSettings& settings, std::string_view server, Origin origin, TlsEnvironment* environment,
            Diagnostics& diagnostics);
  void useKernel(const TlsSettings& settings, TlsEnvironment* environment);
  void useTickets(const TlsSettings& settings, Diagnostics& diagnostics);
  void useSessionCache(const SessionCacheSetting& setting, TlsEnvironment* environment);
  void useClientVerification(const TlsSettings& settings, Origin origin, Diagnostics& diagnostics);
  void useStapling(const FileText& file, Diagnostics& diagnostics);
  void useEarlyData();
  void useFetchedResponses(const TlsEnvironment* environment);
  std::string_view fetchedResponse(const x509_st* certificate) const;
  void useProtocols(const std::vector<std::string>& protocols);

  static int onClientHello(ssl_st* ssl, int* alert, void* self);
  static int onStatusRequest(ssl_st* ssl, void* self);
  static int onProtocols(ssl_st* ssl, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                         unsigned offered_size, void* self);
  // Of the session cache; called for whatever server the client has named.
  static int onNewSession(ssl_st* ssl, ssl_session_st* session);
  static ssl_session_st* onWantedSession(ssl_st* ssl, const unsigned char* id, int size, int* copies);
  static void onBadSession(ssl_ctx_st* context, ssl_session_st* session);
  template <class Cipher, class Mac>
  static int onTicket(ssl_st* ssl, unsigned char* name, unsigned char* iv, Cipher* cipher, Mac* mac, int encrypts);

  ssl_ctx_st* context_;
  std::vector<TicketKey> ticket_keys_;       // of files
  const TicketKeys* shared_keys_ = nullptr;  // where there are no files
  Ref<SessionCache> sessions_;               // null: there is none that workers share
  std::string stapled_;                      // of a file
  // What the monitor has fetched of each certificate, looked for again once a second.
  struct Fetched {
    const x509_st* certificate;
    StapledResponses::Key key;
    std::string response;
    WallTime looked;
  };
  Ref<StapledResponses> responses_;
  mutable std::vector<Fetched> fetched_;
  std::string protocols_;  // as they are written in a handshake: each with its length in front
  VerifyClient verify_client_;
  uint32_t verify_depth_;
  uint32_t record_size_;
  Milliseconds handshake_timeout_;
  bool rejects_;
  bool early_data_;
  std::string curves_;
  std::array<uint8_t, 32> session_scope_{};
};

class TlsServerChoice {
 public:
  // The name is in lower case, empty when the client gave none. Never null, but its context may reject.
  virtual const TlsContext* forName(std::string_view name) const = 0;

 protected:
  ~TlsServerChoice() = default;
};

}  // namespace weir
