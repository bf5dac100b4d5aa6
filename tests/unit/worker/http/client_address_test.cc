// SPDX-License-Identifier: Apache-2.0
// S-28: whom X-Forwarded-For may speak for.
#include "worker/http/client_address.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {
namespace {

using Depth = ClientAddressWalk::Depth;

class ClientAddressTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ClientAddressTest);
  CPPUNIT_TEST(anUntrustedPeerIsTheClient);
  CPPUNIT_TEST(aTrustedPeerNamesTheClient);
  CPPUNIT_TEST(withoutRecursionOnlyTheLastCounts);
  CPPUNIT_TEST(recursionSkipsTrustedHops);
  CPPUNIT_TEST(allTrustedGivesTheFarthest);
  CPPUNIT_TEST(severalFieldsAreOneList);
  CPPUNIT_TEST(stopsAtWhatIsNoAddress);
  CPPUNIT_TEST(knowsTheFormsOfAddresses);
  CPPUNIT_TEST(aUnixPeerCanBeTrusted);
  CPPUNIT_TEST_SUITE_END();

  void trust(std::string_view network) { trusted_.push_back(*Network::parse(network)); }
  std::string client(std::vector<std::string_view> fields, Depth depth = Depth::Recursive) {
    return clientAddress(*Address::parse(peer_), trusted_, depth, fields).ipString();
  }
  void is(std::string_view expected, std::string_view field) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(field), std::string(expected), client({field}));
  }

  std::string peer_ = "10.0.0.1:4000";
  std::vector<Network> trusted_;

 public:
  void anUntrustedPeerIsTheClient() {
    is("10.0.0.1", "192.0.2.1");
    trust("10.0.0.2");
    is("10.0.0.1", "192.0.2.1");
  }

  void aTrustedPeerNamesTheClient() {
    trust("10.0.0.0/8");
    is("192.0.2.1", "192.0.2.1");
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1"), client({}));
    is("10.0.0.1", "");
  }

  void withoutRecursionOnlyTheLastCounts() {
    trust("10.0.0.0/8");
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.2"), client({"192.0.2.1, 10.0.0.2"}, Depth::LastOnly));
  }

  void recursionSkipsTrustedHops() {
    trust("10.0.0.0/8");
    is("192.0.2.1", "6.6.6.6, 192.0.2.1, 10.0.0.3, 10.0.0.2");
  }

  void allTrustedGivesTheFarthest() {
    trust("10.0.0.0/8");
    is("10.0.0.9", "10.0.0.9, 10.0.0.3");
  }

  void severalFieldsAreOneList() {
    trust("10.0.0.0/8");
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7"), client({"6.6.6.6", "192.0.2.7,10.0.0.5", "10.0.0.2"}));
    CPPUNIT_ASSERT_EQUAL(std::string("192.0.2.7"), client({"192.0.2.7", ""}));
  }

  void stopsAtWhatIsNoAddress() {
    trust("10.0.0.0/8");
    is("10.0.0.1", "unknown");
    is("10.0.0.3", "192.0.2.1, unknown, 10.0.0.3");
    is("10.0.0.1", "80");
    is("10.0.0.1", "*:80");
    is("10.0.0.1", "unix:/tmp/x");
    is("10.0.0.1", "1.2.3.4.5");
    is("10.0.0.1", "_hidden");
    is("10.0.0.1", std::string(5000, ':'));
  }

  void knowsTheFormsOfAddresses() {
    trust("10.0.0.0/8");
    is("192.0.2.1", "  192.0.2.1\t");
    is("192.0.2.1", "192.0.2.1:4711");
    is("192.0.2.1", ", 192.0.2.1 ,, ");
    is("2001:db8::1", "2001:db8::1");
    is("2001:db8::1", "[2001:DB8::1]");
    is("2001:db8::1", "[2001:db8::1]:443");
    auto address = clientAddress(*Address::parse(peer_), trusted_, Depth::LastOnly,
                                 std::vector<std::string_view>{"192.0.2.1:4711"});
    CPPUNIT_ASSERT_EQUAL(uint16_t{4711}, address.port());
  }

  void aUnixPeerCanBeTrusted() {
    peer_ = "unix:/run/front";
    trust("unix:");
    is("192.0.2.1", "192.0.2.1");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ClientAddressTest);

}  // namespace
}  // namespace weir
