// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProxyAcceptor: the connections of one listening address that begin with a PROXY header (listen ... proxy_protocol,
// S-52), between accepting and serving them: takes the header out of the socket and leaves what follows there, be it a
// request, a TLS handshake or anything. Owned by the listener.

#include <memory>

#include "shared/base/address.h"
#include "shared/base/list.h"
#include "worker/net/client.h"
#include "worker/net/listener_metrics.h"
#include "worker/net/stream.h"

namespace weir {

class ProxyAcceptor {
 public:
  enum class Fault : uint8_t { Closed, Malformed, Timeout, Untrusted, Stopped };

  // Told once of each connection that was begun.
  class Owner {
   public:
    virtual void onProxied(std::unique_ptr<TcpStream> stream, Client client) = 0;
    // It has been counted and logged.
    virtual void onNotProxied(std::unique_ptr<TcpStream> stream, Client client, Fault fault) = 0;

   protected:
    ~Owner() = default;
  };

  ProxyAcceptor(EventLoop& loop, const Address& listener, ListenerMetrics& metrics, Owner& owner);
  ~ProxyAcceptor();

  // trusted: whether this proxy's word is taken; who is not is reported from within, others never are.
  void begin(std::unique_ptr<TcpStream> stream, const Address& proxy, bool trusted, Milliseconds limit);
  bool empty() const { return prefaces_.empty(); }
  // Gives up the one that has waited longest; false: there is none.
  bool evict();
  // The listener is ending: who is not done by then is given up.
  void hurry(Milliseconds grace);

 private:
  class Preface;
  friend class Preface;
  void over(Preface& preface);

  EventLoop& loop_;
  std::string name_;
  ListenerMetrics& metrics_;
  Owner& owner_;
  List<Preface> prefaces_;
};

}  // namespace weir
