// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/http_date.h"

#include <cppunit/extensions/HelperMacros.h>

#include <ctime>
#include <string>

namespace weir {
namespace {

class HttpDateTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HttpDateTest);
  CPPUNIT_TEST(formats);
  CPPUNIT_TEST(agreesWithStrftime);
  CPPUNIT_TEST(clamps);
  CPPUNIT_TEST_SUITE_END();

  static std::string format(int64_t seconds) { return std::string(HttpDate(seconds).text()); }

 public:
  // The example of RFC 9110 5.6.7, and leap days.
  void formats() {
    CPPUNIT_ASSERT_EQUAL(std::string("Sun, 06 Nov 1994 08:49:37 GMT"), format(784111777));
    CPPUNIT_ASSERT_EQUAL(std::string("Thu, 01 Jan 1970 00:00:00 GMT"), format(0));
    CPPUNIT_ASSERT_EQUAL(std::string("Wed, 31 Dec 1969 23:59:59 GMT"), format(-1));
    CPPUNIT_ASSERT_EQUAL(std::string("Tue, 29 Feb 2000 12:00:00 GMT"), format(951825600));
    CPPUNIT_ASSERT_EQUAL(std::string("Mon, 01 Mar 2100 00:00:00 GMT"), format(4107542400));
  }

  void agreesWithStrftime() {
    for (int64_t seconds = 0; seconds < int64_t{5000000000}; seconds += 7654321) {
      const time_t time = seconds;
      tm parts;
      gmtime_r(&time, &parts);
      char text[64];
      const size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
      CPPUNIT_ASSERT_EQUAL(std::string(text, size), format(seconds));
    }
  }

  void clamps() {
    CPPUNIT_ASSERT_EQUAL(std::string("Fri, 31 Dec 9999 23:59:59 GMT"), format(INT64_MAX));
    CPPUNIT_ASSERT_EQUAL(std::string("Sat, 01 Jan 0000 00:00:00 GMT"), format(INT64_MIN));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpDateTest);

}  // namespace
}  // namespace weir
