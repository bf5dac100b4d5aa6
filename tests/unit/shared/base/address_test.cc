// SPDX-License-Identifier: Apache-2.0
#include "shared/base/address.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/un.h>

#include <cstring>
#include <string>
#include <string_view>

#include "shared/base/fd.h"

namespace weir {
namespace {

std::string parsed(std::string_view text, uint16_t default_port = 0) {
  auto address = Address::parse(text, default_port);
  return address ? address->toString() : "none";
}

// Through a sockaddr and back.
Address roundTrip(std::string_view text) {
  sockaddr_storage storage;
  socklen_t size = Address::parse(text)->toSockaddr(storage);
  return Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage), size);
}

Fd bound(std::string_view text) {
  sockaddr_storage storage;
  socklen_t size = Address::parse(text)->toSockaddr(storage);
  Fd fd(socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CPPUNIT_ASSERT_EQUAL(0, bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size));
  return fd;
}

bool contains(std::string_view network, std::string_view address) {
  return Network::parse(network)->contains(*Address::parse(address));
}

}  // namespace

class AddressTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AddressTest);
  CPPUNIT_TEST(parsesIpv4);
  CPPUNIT_TEST(parsesIpv6OnlyInBrackets);
  CPPUNIT_TEST(parsesPortAlone);
  CPPUNIT_TEST(parsesUnixPath);
  CPPUNIT_TEST(defaultPortHoldsWhereNoneIsWritten);
  CPPUNIT_TEST(refusesWhatIsNoAddress);
  CPPUNIT_TEST(goesThroughSockaddr);
  CPPUNIT_TEST(shortSockaddrIsUnspecified);
  CPPUNIT_TEST(unnamedUnixSocketHasEmptyPath);
  CPPUNIT_TEST(longestUnixPathFits);
  CPPUNIT_TEST(readsSocketNames);
  CPPUNIT_TEST(failingCallsGiveUnspecified);
  CPPUNIT_TEST(knowsWildcards);
  CPPUNIT_TEST(writesIpWithoutPort);
  CPPUNIT_TEST(comparesByValue);
  CPPUNIT_TEST_SUITE_END();

 public:
  void parsesIpv4() {
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:80"), parsed("127.0.0.1:80"));
    CPPUNIT_ASSERT_EQUAL(std::string("255.255.255.255:65535"), parsed("255.255.255.255:65535"));
    CPPUNIT_ASSERT_EQUAL(std::string("0.0.0.0:80"), parsed("*:80"));
    CPPUNIT_ASSERT_EQUAL(AF_INET, Address::parse("1.2.3.4:5")->family());
  }

  void parsesIpv6OnlyInBrackets() {
    CPPUNIT_ASSERT_EQUAL(std::string("[::1]:80"), parsed("[::1]:80"));
    CPPUNIT_ASSERT_EQUAL(std::string("[2001:db8::1]:443"), parsed("[2001:0DB8:0:0:0:0:0:1]:443"));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), parsed("::1"));
    CPPUNIT_ASSERT_EQUAL(std::string("none"), parsed("[127.0.0.1]:80"));
  }

  void parsesPortAlone() {
    CPPUNIT_ASSERT_EQUAL(std::string("0.0.0.0:8080"), parsed("8080"));
    CPPUNIT_ASSERT_EQUAL(std::string("0.0.0.0:0"), parsed("0"));
  }

  void parsesUnixPath() {
    auto address = Address::parse("unix:/run/a.sock");
    CPPUNIT_ASSERT(address->isUnix());
    CPPUNIT_ASSERT_EQUAL(std::string("/run/a.sock"), address->path());
    CPPUNIT_ASSERT_EQUAL(std::string("unix:/run/a.sock"), address->toString());
  }

  void defaultPortHoldsWhereNoneIsWritten() {
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1:80"), parsed("10.0.0.1", 80));
    CPPUNIT_ASSERT_EQUAL(std::string("[::1]:80"), parsed("[::1]", 80));
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1:81"), parsed("10.0.0.1:81", 80));
  }

  void refusesWhatIsNoAddress() {
    for (std::string_view text : {"",
                                  ":",
                                  ":80",
                                  "localhost",
                                  "localhost:80",
                                  "1.2.3",
                                  "1.2.3.4:",
                                  "1.2.3.4:x",
                                  "1.2.3.4:65536",
                                  "1.2.3.4:-1",
                                  "1.2.3.4:80:80",
                                  "1.2.3.256:80",
                                  "01.2.3.4.5:80",
                                  "[::1",
                                  "[::1]80",
                                  "[::1]:",
                                  "[]:80",
                                  "unix:",
                                  "99999",
                                  "1.2.3.4: 80",
                                  " 80"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(text), std::string("none"), parsed(text));
  }

  void goesThroughSockaddr() {
    for (std::string_view text : {"127.0.0.1:80", "[2001:db8::7]:443", "unix:/run/a.sock"})
      CPPUNIT_ASSERT_EQUAL(std::string(text), roundTrip(text).toString());
  }

  void shortSockaddrIsUnspecified() {
    sockaddr_storage storage;
    socklen_t size = Address::parse("127.0.0.1:80")->toSockaddr(storage);
    CPPUNIT_ASSERT_EQUAL(AF_UNSPEC, Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage), size - 1).family());
  }

  void unnamedUnixSocketHasEmptyPath() {
    sockaddr_un unnamed{};
    unnamed.sun_family = AF_UNIX;
    auto address = Address::fromSockaddr(reinterpret_cast<sockaddr*>(&unnamed), sizeof(sa_family_t));
    CPPUNIT_ASSERT(address.isUnix());
    CPPUNIT_ASSERT_EQUAL(std::string(), address.path());
  }

  void longestUnixPathFits() {
    std::string longest = "unix:/" + std::string(sizeof(sockaddr_un::sun_path) - 2, 'a');
    CPPUNIT_ASSERT_EQUAL(longest, roundTrip(longest).toString());
    CPPUNIT_ASSERT_EQUAL(std::string("none"), parsed(longest + "a"));
  }

  void readsSocketNames() {
    Fd listener = bound("127.0.0.1:0");
    CPPUNIT_ASSERT_EQUAL(0, listen(listener.get(), 1));
    auto server = Address::local(listener.get());
    CPPUNIT_ASSERT(server.port() != 0);

    Fd client = bound("127.0.0.1:0");
    sockaddr_storage storage;
    socklen_t size = server.toSockaddr(storage);
    CPPUNIT_ASSERT_EQUAL(0, connect(client.get(), reinterpret_cast<sockaddr*>(&storage), size));
    CPPUNIT_ASSERT(Address::remote(client.get()) == server);
  }

  void failingCallsGiveUnspecified() {
    CPPUNIT_ASSERT_EQUAL(AF_UNSPEC, Address::local(-1).family());
    CPPUNIT_ASSERT_EQUAL(AF_UNSPEC, Address::remote(bound("127.0.0.1:0").get()).family());
  }

  void knowsWildcards() {
    CPPUNIT_ASSERT(Address::parse("*:80")->isWildcard());
    CPPUNIT_ASSERT(Address::parse("[::]:80")->isWildcard());
    CPPUNIT_ASSERT(!Address::parse("127.0.0.1:80")->isWildcard());
    CPPUNIT_ASSERT(!Address::parse("unix:/a")->isWildcard());
  }

  void writesIpWithoutPort() {
    CPPUNIT_ASSERT_EQUAL(std::string("10.20.30.255"), Address::parse("10.20.30.255:1")->ipString());
    CPPUNIT_ASSERT_EQUAL(std::string("::1"), Address::parse("[::1]:1")->ipString());
    CPPUNIT_ASSERT_EQUAL(std::string("unix:"), Address::parse("unix:/a")->ipString());
  }

  void comparesByValue() {
    CPPUNIT_ASSERT(*Address::parse("80") == *Address::parse("0.0.0.0:80"));
    CPPUNIT_ASSERT(!(*Address::parse("127.0.0.1:80") == *Address::parse("127.0.0.1:81")));
  }
};

class NetworkTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NetworkTest);
  CPPUNIT_TEST(matchesPrefixBits);
  CPPUNIT_TEST(singleAddressIsItsOwnNetwork);
  CPPUNIT_TEST(ignoresHostBits);
  CPPUNIT_TEST(allIsEverything);
  CPPUNIT_TEST(unixIsEveryUnixSocket);
  CPPUNIT_TEST(familiesDoNotMix);
  CPPUNIT_TEST(mappedIpv6IsTheIpv4InIt);
  CPPUNIT_TEST(refusesWhatIsNoNetwork);
  CPPUNIT_TEST_SUITE_END();

 public:
  void matchesPrefixBits() {
    CPPUNIT_ASSERT(contains("10.0.0.0/8", "10.255.0.1:1"));
    CPPUNIT_ASSERT(!contains("10.0.0.0/8", "11.0.0.1:1"));
    CPPUNIT_ASSERT(contains("192.168.1.128/25", "192.168.1.129:1"));
    CPPUNIT_ASSERT(!contains("192.168.1.128/25", "192.168.1.127:1"));
    CPPUNIT_ASSERT(contains("0.0.0.0/0", "203.0.113.9:1"));
    CPPUNIT_ASSERT(contains("2001:db8::/33", "[2001:db8:7fff::1]:1"));
    CPPUNIT_ASSERT(!contains("2001:db8::/33", "[2001:db8:8000::1]:1"));
  }

  void singleAddressIsItsOwnNetwork() {
    CPPUNIT_ASSERT(contains("127.0.0.1", "127.0.0.1:5"));
    CPPUNIT_ASSERT(!contains("127.0.0.1", "127.0.0.2:5"));
    CPPUNIT_ASSERT(contains("::1", "[::1]:5"));
  }

  void ignoresHostBits() { CPPUNIT_ASSERT(contains("10.1.2.3/8", "10.9.9.9:1")); }

  void allIsEverything() {
    for (std::string_view address : {"1.2.3.4:1", "[::1]:1", "unix:/a"}) CPPUNIT_ASSERT(contains("all", address));
  }

  void unixIsEveryUnixSocket() {
    CPPUNIT_ASSERT(contains("unix:", "unix:/run/a"));
    CPPUNIT_ASSERT(!contains("unix:", "127.0.0.1:1"));
  }

  void familiesDoNotMix() {
    CPPUNIT_ASSERT(!contains("0.0.0.0/0", "[::1]:1"));
    CPPUNIT_ASSERT(!contains("::/0", "127.0.0.1:1"));
    CPPUNIT_ASSERT(!contains("0.0.0.0/0", "unix:/a"));
  }

  void mappedIpv6IsTheIpv4InIt() {
    CPPUNIT_ASSERT(contains("10.0.0.0/8", "[::ffff:10.1.2.3]:1"));
    CPPUNIT_ASSERT(!contains("10.0.0.0/8", "[::ffff:11.1.2.3]:1"));
  }

  void refusesWhatIsNoNetwork() {
    for (std::string_view text : {"", "10.0.0.0/", "10.0.0.0/33", "::1/129", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/8/8",
                                  "ALL", "unix", "localhost", "[::1]"})
      CPPUNIT_ASSERT_MESSAGE(std::string(text), !Network::parse(text));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AddressTest);
CPPUNIT_TEST_SUITE_REGISTRATION(NetworkTest);

}  // namespace weir
