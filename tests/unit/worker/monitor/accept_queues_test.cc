// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/accept_queues.h"

#include <cppunit/extensions/HelperMacros.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "shared/base/address.h"
#include "shared/base/fd.h"

namespace weir {

class AcceptQueuesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AcceptQueuesTest);
  CPPUNIT_TEST(theKernelTellsOfItsSockets);
  CPPUNIT_TEST(socketsOfOneAddressAreSummed);
  CPPUNIT_TEST(theEndOfTheAnswerEndsIt);
  CPPUNIT_TEST(whatIsCutShortIsLeftOut);
  CPPUNIT_TEST_SUITE_END();

  static std::string message(uint32_t waiting, uint32_t limit, uint16_t type = SOCK_DIAG_BY_FAMILY) {
    struct {
      nlmsghdr header;
      inet_diag_msg socket;
    } one{};
    one.header.nlmsg_len = sizeof one;
    one.header.nlmsg_type = type;
    one.socket.idiag_family = AF_INET;
    one.socket.id.idiag_sport = htons(80);
    one.socket.idiag_rqueue = waiting;
    one.socket.idiag_wqueue = limit;
    return {reinterpret_cast<const char*>(&one), sizeof one};
  }

 public:
  void theKernelTellsOfItsSockets() {
    for (const char* text : {"127.0.0.1:0", "[::1]:0"}) {
      sockaddr_storage storage;
      const socklen_t size = Address::parse(text)->toSockaddr(storage);
      const Fd listening(socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
      if (bind(listening.get(), reinterpret_cast<sockaddr*>(&storage), size) != 0) continue;  // no IPv6 here
      CPPUNIT_ASSERT_EQUAL(0, listen(listening.get(), 5));
      const Address address = Address::local(listening.get());
      std::vector<Fd> clients;
      for (int i = 0; i < 3; ++i) {
        const socklen_t length = address.toSockaddr(storage);
        clients.emplace_back(socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        CPPUNIT_ASSERT_EQUAL(0, connect(clients.back().get(), reinterpret_cast<sockaddr*>(&storage), length));
      }
      const AcceptQueues queues = readAcceptQueues();
      if (queues.empty()) return;  // a sandbox without netlink
      CPPUNIT_ASSERT_EQUAL(int64_t{3}, queues.at(address.toString()).length);
      CPPUNIT_ASSERT_EQUAL(int64_t{5}, queues.at(address.toString()).limit);
    }
  }

  void socketsOfOneAddressAreSummed() {
    AcceptQueues queues;
    CPPUNIT_ASSERT(addAcceptQueues(message(2, 511) + message(3, 511), queues));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, queues.size());
    CPPUNIT_ASSERT_EQUAL(int64_t{5}, queues.at("0.0.0.0:80").length);
    CPPUNIT_ASSERT_EQUAL(int64_t{1022}, queues.at("0.0.0.0:80").limit);
  }

  void theEndOfTheAnswerEndsIt() {
    AcceptQueues queues;
    CPPUNIT_ASSERT(!addAcceptQueues(message(2, 511) + message(3, 511, NLMSG_DONE), queues));
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, queues.at("0.0.0.0:80").length);
  }

  void whatIsCutShortIsLeftOut() {
    const std::string whole = message(2, 511);
    for (size_t size = 0; size < whole.size(); ++size) {
      AcceptQueues queues;
      addAcceptQueues(std::string_view(whole).substr(0, size), queues);
      CPPUNIT_ASSERT(queues.empty());
    }
    std::string wrong = whole;
    const uint32_t tiny = 3;  // a length that would not move on
    std::memcpy(wrong.data(), &tiny, sizeof tiny);
    AcceptQueues queues;
    CPPUNIT_ASSERT(!addAcceptQueues(wrong, queues));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AcceptQueuesTest);

}  // namespace weir
