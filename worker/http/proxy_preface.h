// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProxyPreface: a connection that begins with a PROXY header (listen ... proxy_protocol, S-52): takes the header out of
// the socket and leaves what follows there, be it a request or a TLS handshake. Owned by its listener's list; reports
// once, never from within its making, and is then retired by the listener.

#include <memory>

#include "shared/base/list.h"
#include "shared/base/recycled.h"
#include "worker/codec/proxy_protocol.h"
#include "worker/event/deadline.h"
#include "worker/net/client.h"
#include "worker/net/stream.h"

namespace weir {

class ProxyPreface final : public Retirable,
                           public Recycled<ProxyPreface>,
                           public ListNode<ProxyPreface>,
                           Readiness::Listener,
                           Deadline::Owner {
 public:
  enum class Fault : uint8_t { Closed, Malformed, Timeout, Untrusted };

  class Owner {
   public:
    virtual void onProxied(ProxyPreface& preface, std::unique_ptr<TcpStream> stream, Client client) = 0;
    virtual void onNotProxied(ProxyPreface& preface, Fault fault) = 0;

   protected:
    ~Owner() = default;
  };

  ProxyPreface(EventLoop& loop, std::unique_ptr<TcpStream> stream, const Address& proxy, Milliseconds limit,
               Owner& owner);

  const Address& proxy() const { return client_.address; }
  void hurry(Milliseconds grace) { limit_.armIn(grace); }
  // Reports nothing any more, whatever the loop still has for it in this turn.
  void silence();

 private:
  void onReady() override;
  void onDeadline(Deadline&) override { fail(Fault::Timeout); }
  void finish(const ProxyHeader& header);
  void fail(Fault fault);

  std::unique_ptr<TcpStream> stream_;
  Client client_;
  Deadline limit_;
  Owner& owner_;
};

}  // namespace weir
