// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/authority.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cctype>
#include <string>

namespace weir {
namespace {

class AuthorityTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AuthorityTest);
  CPPUNIT_TEST(splitsHostAndPort);
  CPPUNIT_TEST(s26JudgesEveryByteOfAHost);
  CPPUNIT_TEST(takesLongHosts);
  CPPUNIT_TEST_SUITE_END();

 public:
  void splitsHostAndPort() {
    Authority authority;
    CPPUNIT_ASSERT(parseAuthority("Example.com:8080", authority));
    CPPUNIT_ASSERT_EQUAL(std::string_view("Example.com"), authority.host);
    CPPUNIT_ASSERT(authority.has_port && authority.port == 8080);
    CPPUNIT_ASSERT(parseAuthority("[2001:db8::1]", authority));
    CPPUNIT_ASSERT_EQUAL(std::string_view("[2001:db8::1]"), authority.host);
    CPPUNIT_ASSERT(!authority.has_port);
    CPPUNIT_ASSERT(parseAuthority("h:", authority) && !authority.has_port);
    CPPUNIT_ASSERT(parseAuthority("h:00080", authority) && authority.port == 80);
    CPPUNIT_ASSERT(!parseAuthority("h:000080", authority));
  }

  // RFC 3986 2.2, 2.3: unreserved and sub-delims
  void s26JudgesEveryByteOfAHost() {
    const std::string marks = "-._~!$&'()*+,;=";
    for (int c = 0; c < 256; ++c) {
      Authority authority;
      const bool allowed = std::isalnum(c) != 0 || (c != 0 && marks.find(static_cast<char>(c)) != std::string::npos);
      const std::string host = "a" + std::string(1, static_cast<char>(c)) + "b";
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(c), allowed, parseAuthority(host, authority));
    }
  }

  void takesLongHosts() {
    Authority authority;
    for (size_t size = 1; size < 70; ++size) {
      const std::string host(size, 'h');
      CPPUNIT_ASSERT(parseAuthority(host + ":1", authority));
      CPPUNIT_ASSERT_EQUAL(size, authority.host.size());
      CPPUNIT_ASSERT(!parseAuthority(host + "/", authority));
      CPPUNIT_ASSERT(!parseAuthority("[" + host + "]", authority));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuthorityTest);

}  // namespace
}  // namespace weir
