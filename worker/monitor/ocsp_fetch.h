// SPDX-License-Identifier: Apache-2.0
#pragma once
// OcspFetch: one question to an OCSP responder by HTTP (RFC 6960 A.1), within a time: the responder's name is resolved,
// its addresses are tried in their order, and the answer is read to its end, or to its bound. Owned by whoever asks;
// destroying it gives it up. Reports once, never from within start().

#include <memory>
#include <string>
#include <vector>

#include "shared/base/failure.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/net/connector.h"
#include "worker/net/resolver.h"
#include "worker/net/stream.h"
#include "worker/tls/ocsp_fault.h"

namespace weir {

class OcspFetch final : public Retirable, Resolver::Query::Owner, Connector::Owner, Stream::Listener, Deadline::Owner {
 public:
  static constexpr Milliseconds kLimit{15'000};    // for all of it
  static constexpr size_t kMostBytes = 32 * 1024;  // of an answer with its head

  class Owner {
   public:
    // Without a fault, text is the response, DER; else what is wrong, for the log.
    virtual void onFetched(OcspFault fault, std::string text) = 0;

   protected:
    ~Owner() = default;
  };

  OcspFetch(EventLoop& loop, Owner& owner);

  // url: http://host[:port][/path]; request: DER.
  void start(Resolver& resolver, const std::string& url, const std::string& request);

 private:
  void onResolved(Resolver::Query& query, const Resolution& resolution) override;
  void onConnected(std::unique_ptr<TcpStream> stream) override;
  void onConnectFailed(Failure failure) override;
  void onReady() override;
  void onDeadline(Deadline&) override { finish(OcspFault::Timeout, "it does not answer in time"); }

  void tryNext();
  bool send();
  void receive();
  void judge();
  void finish(OcspFault fault, std::string text);

  EventLoop& loop_;
  Owner& owner_;
  Resolver::Query query_;
  Connector connector_;
  Deadline limit_;
  uint16_t port_ = 80;
  std::vector<Address> addresses_;  // not tried yet, the next one last
  std::string request_;             // what is left of it to be sent
  std::string answer_;
  std::unique_ptr<TcpStream> stream_;
};

// What is asked for (RFC 6960 A.1.1): the path, the request in base64 escaped for a URL. For tests.
std::string ocspTarget(std::string_view path, std::string_view request);

}  // namespace weir
