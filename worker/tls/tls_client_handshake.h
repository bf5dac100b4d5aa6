// SPDX-License-Identifier: Apache-2.0
#pragma once
// TlsClientHandshake: makes a TLS stream of a fresh connection to a peer, in what is left of the time for connecting.
// Owned by whoever wants the stream; destroying it gives it up. Reports exactly once, never from within its making;
// the owner then retires it.

#include <memory>
#include <string>

#include "shared/base/failure.h"
#include "shared/base/ref.h"
#include "worker/event/deadline.h"
#include "worker/tls/handshake_turns.h"
#include "worker/tls/tls_client_context.h"
#include "worker/tls/tls_stream.h"

namespace weir {

class TlsEnvironment;

// How a peer is spoken to.
struct TlsClientSetup {
  TlsEnvironment* environment = nullptr;
  Ref<TlsClientContext> context;  // null: without TLS
  std::string name;               // asked for, and expected in the certificate; empty: by the peer

  explicit operator bool() const { return static_cast<bool>(context); }
};

class TlsClientHandshake final : public Retirable, Readiness::Listener, Deadline::Owner, HandshakeTurns::Waiting {
 public:
  class Owner {
   public:
    virtual void onHandshaken(std::unique_ptr<TlsStream> stream) = 0;
    virtual void onHandshakeFailed(Failure failure) = 0;

   protected:
    ~Owner() = default;
  };

  struct Peer {
    std::string_view address;  // "127.0.0.1:8443", for the log, and for sessions to be resumed
    std::string_view name;     // asked for, and expected in the certificate
  };
  // REQUIRES: setup, which outlives the handshake.
  TlsClientHandshake(const TlsClientSetup& setup, std::unique_ptr<TcpStream> tcp, const Peer& peer, Instant due,
                     Owner& owner);

 private:
  void onReady() override;
  void onDeadline(Deadline&) override;
  void takeTurn() override;
  void fail(Cause cause);

  const TlsClientSetup& setup_;
  Owner& owner_;
  std::string peer_;  // address and name
  std::unique_ptr<TlsStream> stream_;
  Deadline limit_;
};

}  // namespace weir
