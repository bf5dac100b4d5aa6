// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/host_port.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {

class HostPortTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HostPortTest);
  CPPUNIT_TEST(splitsAtTheColon);
  CPPUNIT_TEST(aMissingPortIsTheDefault);
  CPPUNIT_TEST(aPortIsPutOnAnAddress);
  CPPUNIT_TEST_SUITE_END();

 public:
  void splitsAtTheColon() {
    const HostPort split = splitHostPort("backend:8080");
    CPPUNIT_ASSERT_EQUAL(std::string("backend"), std::string(split.host));
    CPPUNIT_ASSERT_EQUAL(uint16_t{8080}, split.port);
  }

  void aMissingPortIsTheDefault() {
    CPPUNIT_ASSERT_EQUAL(uint16_t{80}, splitHostPort("backend").port);
    CPPUNIT_ASSERT_EQUAL(uint16_t{443}, splitHostPort("backend", 443).port);
    CPPUNIT_ASSERT_EQUAL(uint16_t{80}, splitHostPort("backend:").port);
    CPPUNIT_ASSERT_EQUAL(uint16_t{80}, splitHostPort("backend:http").port);
    CPPUNIT_ASSERT_EQUAL(uint16_t{80}, splitHostPort("backend:99999").port);
  }

  void aPortIsPutOnAnAddress() {
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1:81"), withPort(*Address::parse("10.0.0.1"), 81).toString());
    CPPUNIT_ASSERT_EQUAL(std::string("[fe80::1]:81"), withPort(*Address::parse("[fe80::1]"), 81).toString());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(HostPortTest);

}  // namespace weir
