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
  CPPUNIT_TEST(readsTheThreeForms);
  CPPUNIT_TEST(refusesWhatIsNoDate);
  CPPUNIT_TEST(readsWhatItWrites);
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

  void readsTheThreeForms() {
    constexpr int64_t kThen = 784111777;
    for (auto text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
      CPPUNIT_ASSERT_EQUAL(kThen, parseHttpDate(text).value_or(0));
    CPPUNIT_ASSERT_EQUAL(int64_t{1795564800}, parseHttpDate("Wednesday, 25-Nov-26 00:00:00 GMT").value_or(0));
  }

  void refusesWhatIsNoDate() {
    for (auto text : {"", "Sun", "Sun, ", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
                      "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nvo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                      "Sun, 06 Nov 1994 08:49:37 GMTx", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
                      "784111777", "Sun, 06 ovD 1994 08:49:37 GMT"})
      CPPUNIT_ASSERT_MESSAGE(text, !parseHttpDate(text));
  }

  void readsWhatItWrites() {
    for (int64_t second : {int64_t{0}, int64_t{951782399}, int64_t{1795651261}, int64_t{253402300799}, int64_t{-1}})
      CPPUNIT_ASSERT_EQUAL(second, parseHttpDate(HttpDate(second).text()).value_or(1));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HttpDateTest);

}  // namespace
}  // namespace weir
