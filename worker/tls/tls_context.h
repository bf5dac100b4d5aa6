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

struct ssl_ctx_st;
struct ssl_st;

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
  VerifyClient verifyClient() const { return verify_client_; }
  Milliseconds handshakeTimeout() const { return handshake_timeout_; }
  uint32_t recordSize() const { return record_size_; }

  // Of the same server, with the same demands on clients.
  bool sharesSessionsWith(const TlsContext& other) const { return session_scope_ == other.session_scope_; }

  // From within a handshake: this context goes on with it.
  void adopt(ssl_st* ssl) const;

 private:
  void load(const TlsSettings& settings, std::string_view server, Origin origin, Diagnostics& diagnostics);
  void useTickets(const TlsSettings& settings, Diagnostics& diagnostics);
  void useClientVerification(const TlsSettings& settings, Origin origin, Diagnostics& diagnostics);
  void useStapling(const FileText& file, Diagnostics& diagnostics);

  static int onClientHello(ssl_st* ssl, int* alert, void* self);
  static int onStatusRequest(ssl_st* ssl, void* self);
  template <class Cipher, class Mac>
  static int onTicket(ssl_st* ssl, unsigned char* name, unsigned char* iv, Cipher* cipher, Mac* mac, int encrypts);

  ssl_ctx_st* context_;
  std::vector<TicketKey> ticket_keys_;       // of files
  const TicketKeys* shared_keys_ = nullptr;  // where there are no files
  std::string stapled_;
  VerifyClient verify_client_;
  uint32_t verify_depth_;
  uint32_t record_size_;
  Milliseconds handshake_timeout_;
  bool rejects_;
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
