// SPDX-License-Identifier: Apache-2.0
#pragma once
// ServedExchange: an exchange that was dispatched to one virtual server, carried by nothing: for tests of what reads
// an exchange. Its response is a 404, since nothing is configured to answer.

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <utility>

#include "worker/http/compile_context.h"
#include "worker/http/downstream.h"
#include "worker/http/exchange.h"
#include "worker/http/route.h"

namespace weir {

class NoDownstream final : public Downstream {
 public:
  Address remote_address = *Address::parse("192.0.2.7:5000");
  Address local_address = *Address::parse("127.0.0.1:8080");
  bool is_pipelined = false;

  bool sendHead(Exchange&, const OutgoingHead&) override { return true; }
  IoResult sendBody(std::string_view bytes, bool) override { return {IoStatus::Ok, bytes.size(), 0}; }
  void addTrailer(std::string_view, std::string_view) override {}
  IoResult sendFile(const FileSlice& slice) override { return {IoStatus::Ok, slice.count}; }
  bool takesPipe() const override { return false; }
  IoResult sendBodyFrom(std::string_view, Pipe&) override { return {IoStatus::Blocked}; }
  IoResult flush() override { return {}; }
  BodyReader::Pull pullBody() override { return {BodyReader::Status::End}; }
  void consumeBody(size_t) override {}
  uint64_t pipableBody() const override { return 0; }
  IoResult pullBodyInto(BodyPipe&) override { return {IoStatus::Blocked}; }
  bool bodyEnded() const override { return true; }
  void discardBody() override {}
  uint64_t bodyReceived() const override { return 0; }
  bool clientGone() override { return false; }
  bool clientReset() override { return false; }
  void upgradeTo(std::unique_ptr<Stream>, Buffer, Milliseconds) override {}
  const Address& remote() const override { return remote_address; }
  const ProxiedAddresses* proxied() const override { return nullptr; }
  const Address& local() const override { return local_address; }
  std::string_view scheme() const override { return "http"; }
  const TlsStream* tls() const override { return nullptr; }
  bool misplaced() const override { return false; }
  std::string_view protocol() const override { return "HTTP/1.1"; }
  uint64_t connectionNumber() const override { return 42; }
  uint64_t requestNumber() const override { return 3; }
  bool pipelined() const override { return is_pipelined; }
  uint64_t bytesSent() const override { return 512; }
  uint64_t headSize() const override { return 200; }
  bool isChunked() const override { return false; }
  void wake() override {}
};

class ServedExchange {
 public:
  Settings settings;
  ServerSettings server;
  Diagnostics diagnostics;
  NoDownstream downstream;
  EventLoop loop;
  Exchange exchange{loop};

  ServedExchange() {
    server.name = "main";
    server.server_name = {"www.example.com"};
  }
  ~ServedExchange() {
    if (exchange.server() != nullptr) exchange.end();
  }

  LocationSettings& addLocation(LocationSettings::Match match, std::string pattern) {
    LocationSettings& location = server.locations.emplace_back();
    location.match = match;
    location.pattern = location.name = std::move(pattern);
    return location;
  }

  // Again, too, once the exchange was ended.
  void serve(std::string head) {
    head_ = std::move(head);
    routes_ = ListenerRoutes();
    virtual_server_ = std::make_unique<VirtualServer>(server, context_);
    routes_.add(*virtual_server_, server, {}, diagnostics);
    CPPUNIT_ASSERT(!diagnostics.hasErrors());
    exchange.parser.reset({});
    exchange.begin(downstream, loop.now());
    if (exchange.parser.parse(head_) == ParseStatus::Done)
      exchange.dispatch(head_.data(), {}, routes_);
    else
      exchange.refuse(head_, {}, routes_, {exchange.parser.failure()});
  }

 private:
  std::string head_;
  CompileContext context_{settings, diagnostics, nullptr, nullptr};
  std::unique_ptr<VirtualServer> virtual_server_;
  ListenerRoutes routes_;
};

}  // namespace weir
