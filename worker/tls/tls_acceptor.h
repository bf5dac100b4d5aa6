// SPDX-License-Identifier: Apache-2.0
#pragma once
// TlsAcceptor: the handshakes in progress on one listening address, between accepting a connection and serving it.
// Each has ssl_handshake_timeout, and its turns beside the others. Owned by the listener.

#include <memory>
#include <string>

#include "shared/base/address.h"
#include "shared/base/list.h"
#include "shared/base/recycled.h"
#include "shared/base/ref.h"
#include "worker/event/deadline.h"
#include "worker/net/client.h"
#include "worker/net/stream.h"
#include "worker/tls/handshake_turns.h"
#include "worker/tls/tls_context.h"
#include "worker/tls/tls_metrics.h"
#include "worker/tls/tls_stream.h"

namespace weir {

class TlsEnvironment;

class TlsAcceptor {
 public:
  // Told once of each connection that was begun.
  class Owner {
   public:
    virtual void onSecured(std::unique_ptr<TlsStream> stream, Client client) = 0;
    // A request came without TLS: what was read of it.
    virtual void onPlain(std::unique_ptr<TcpStream> stream, Buffer bytes, Client client) = 0;
    // The handshake failed, which has been counted and logged.
    virtual void onRefused() = 0;

   protected:
    ~Owner() = default;
  };

  TlsAcceptor(TlsEnvironment& environment, const Address& listener, Owner& owner);
  ~TlsAcceptor();

  // runtime: owns the choice. Reports never from within.
  void begin(std::unique_ptr<TcpStream> stream, Client client, Ref<const Counted> runtime,
             const TlsServerChoice& choice);
  bool empty() const { return handshakes_.empty(); }
  // Gives up the one that has waited longest; false: there is none.
  bool evict();
  void closeAll();
  // The listener is ending: who is not done by then is given up.
  void hurry(Milliseconds grace);

 private:
  class Handshake;
  friend class Handshake;
  void over(Handshake& handshake);

  TlsEnvironment& environment_;
  std::string name_;
  Owner& owner_;
  TlsMetrics metrics_;
  List<Handshake> handshakes_;
};

}  // namespace weir
