// SPDX-License-Identifier: Apache-2.0
#include "worker/net/access_rules.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {
namespace {

class AccessRulesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AccessRulesTest);
  CPPUNIT_TEST(withoutRulesEveryoneMay);
  CPPUNIT_TEST(theFirstMatchDecides);
  CPPUNIT_TEST(whoMatchesNothingMay);
  CPPUNIT_TEST(knowsEveryFamily);
  CPPUNIT_TEST_SUITE_END();

  void rule(bool allow, std::string_view network) { rules_.push_back({allow, *Network::parse(network)}); }
  bool may(std::string_view address) { return mayAccess(rules_, *Address::parse(address)); }

  std::vector<AccessRule> rules_;

 public:
  void withoutRulesEveryoneMay() { CPPUNIT_ASSERT(may("192.0.2.1")); }

  void theFirstMatchDecides() {
    rule(false, "192.0.2.1");
    rule(true, "192.0.2.0/24");
    rule(false, "all");
    CPPUNIT_ASSERT(!may("192.0.2.1"));
    CPPUNIT_ASSERT(may("192.0.2.2"));
    CPPUNIT_ASSERT(!may("192.0.3.1"));
  }

  void whoMatchesNothingMay() {
    rule(false, "192.0.2.0/24");
    CPPUNIT_ASSERT(may("10.0.0.1"));
  }

  void knowsEveryFamily() {
    rule(true, "2001:db8::/32");
    rule(true, "unix:");
    rule(true, "10.0.0.0/8");
    rule(false, "all");
    CPPUNIT_ASSERT(may("[2001:db8::1]:80"));
    CPPUNIT_ASSERT(!may("[2001:db9::1]:80"));
    CPPUNIT_ASSERT(may("unix:/run/x"));
    CPPUNIT_ASSERT(may("[::ffff:10.1.2.3]:80"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccessRulesTest);

}  // namespace
}  // namespace weir
