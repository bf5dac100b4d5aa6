// SPDX-License-Identifier: Apache-2.0
#include "worker/stream/udp_key.h"

#include <cppunit/extensions/HelperMacros.h>

#include <set>
#include <string>

namespace weir {

class UdpKeyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UdpKeyTest);
  CPPUNIT_TEST(whatTellsSessionsApart);
  CPPUNIT_TEST(hashesAreSpreadAndSecret);
  CPPUNIT_TEST_SUITE_END();

  static UdpKey key(const std::string& client, const std::string& local = "") {
    sockaddr_storage storage;
    Address::parse(client)->toSockaddr(storage);
    return UdpKey::of(storage, local.empty() ? Address() : *Address::parse(local));
  }

 public:
  void whatTellsSessionsApart() {  // S-51
    CPPUNIT_ASSERT(key("192.0.2.1:7") == key("192.0.2.1:7"));
    CPPUNIT_ASSERT(!(key("192.0.2.1:7") == key("192.0.2.1:8")));
    CPPUNIT_ASSERT(!(key("192.0.2.1:7") == key("192.0.2.2:7")));
    CPPUNIT_ASSERT(!(key("192.0.2.1:7", "127.0.0.1") == key("192.0.2.1:7", "127.0.0.2")));
    CPPUNIT_ASSERT(key("[2001:db8::1]:7", "[::1]") == key("[2001:db8::1]:7", "[::1]"));
    CPPUNIT_ASSERT(!(key("[2001:db8::1]:7") == key("[2001:db8::2]:7")));
  }

  void hashesAreSpreadAndSecret() {
    UdpKeyHash hash, other;
    std::set<size_t> buckets;
    for (int port = 1; port <= 1000; ++port) buckets.insert(hash(key("192.0.2.1:" + std::to_string(port))) % 4096);
    CPPUNIT_ASSERT(buckets.size() > 800);
    CPPUNIT_ASSERT(hash(key("192.0.2.1:7")) == hash(key("192.0.2.1:7")));
    CPPUNIT_ASSERT(hash(key("192.0.2.1:7")) != other(key("192.0.2.1:7")));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UdpKeyTest);

}  // namespace weir
