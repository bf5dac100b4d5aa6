// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/ocsp_updates.h"

#include <cppunit/extensions/HelperMacros.h>

namespace weir {

using namespace std::chrono_literals;

class OcspUpdatesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OcspUpdatesTest);
  CPPUNIT_TEST(aResponseIsAskedForAgainWhenHalfOfItsLifeIsLeft);
  CPPUNIT_TEST(failuresAreRepeatedMoreAndMoreSlowly);
  CPPUNIT_TEST(requestsAreEscapedForUrls);
  CPPUNIT_TEST_SUITE_END();

 public:
  void aResponseIsAskedForAgainWhenHalfOfItsLifeIsLeft() {
    WallTime now{500'000h};
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterSuccess(now + 10min, now) == 5min);
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterSuccess(now + 5min, now) == 150s);
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterSuccess(now + 24h * 7, now) == 1h);
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterSuccess(now + 1s, now) == 1s);
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterSuccess(now - 1h, now) == 1s);
  }
  void failuresAreRepeatedMoreAndMoreSlowly() {
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterFailures(1) == 5s);
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterFailures(2) == 10s);
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterFailures(7) == 320s);
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterFailures(8) == 10min);
    CPPUNIT_ASSERT(OcspUpdates::pauseAfterFailures(1'000'000) == 10min);
  }
  void requestsAreEscapedForUrls() {
    CPPUNIT_ASSERT_EQUAL(std::string("/"), ocspTarget("/", ""));
    CPPUNIT_ASSERT_EQUAL(std::string("/a/YQ%3D%3D"), ocspTarget("/a", "a"));
    CPPUNIT_ASSERT_EQUAL(std::string("/YWI%3D"), ocspTarget("/", "ab"));
    CPPUNIT_ASSERT_EQUAL(std::string("/YWJj"), ocspTarget("/", "abc"));
    CPPUNIT_ASSERT_EQUAL(std::string("/%2B%2F%2B%2F"), ocspTarget("/", "\xfb\xff\xbf"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OcspUpdatesTest);

}  // namespace weir
