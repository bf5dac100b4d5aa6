// SPDX-License-Identifier: Apache-2.0
#pragma once
// DnsServer: a name server for tests on 127.0.0.1, UDP and TCP on one port, in a thread of its own. It answers from a
// fixed zone, in which each name stands for a behaviour; see dns_server.cc.

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

#include "shared/base/address.h"
#include "shared/base/fd.h"

namespace weir {

class DnsServer {
 public:
  DnsServer();
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  Address address() const { return Address::local(udp_.get()); }
  int datagrams() const { return datagrams_; }
  int connections() const { return connections_; }

 private:
  void serve();
  void answerDatagram();
  void answerConnection();

  Fd udp_, tcp_, stop_;
  std::atomic<int> datagrams_{0};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace weir
