// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/listing_text.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {

class ListingTextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListingTextTest);
  CPPUNIT_TEST(htmlStaysInItsPlace);
  CPPUNIT_TEST(jsonStaysInItsPlace);
  CPPUNIT_TEST(referencesHaveNoStructure);
  CPPUNIT_TEST(anyBytesBecomeUtf8);
  CPPUNIT_TEST(sizes);
  CPPUNIT_TEST(times);
  CPPUNIT_TEST_SUITE_END();

  static std::string html(std::string_view name) {
    std::string to;
    appendHtml(name, to);
    return to;
  }
  static std::string json(std::string_view name) {
    std::string to;
    appendJson(name, to);
    return to;
  }
  static std::string href(std::string_view name) {
    std::string to;
    appendHref(name, to);
    return to;
  }

 public:
  void htmlStaysInItsPlace() {
    CPPUNIT_ASSERT_EQUAL(std::string("&lt;a href=&quot;x&quot;&gt;&amp;&#39;"), html("<a href=\"x\">&'"));
    CPPUNIT_ASSERT_EQUAL(std::string("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x93\x81"),
                         html("\xC3\xA4 \xE2\x82\xAC \xF0\x9F\x93\x81"));
  }

  void jsonStaysInItsPlace() { CPPUNIT_ASSERT_EQUAL(std::string("a\\\"b\\\\c\\u000a\\u007f"), json("a\"b\\c\n\x7f")); }

  void referencesHaveNoStructure() {
    CPPUNIT_ASSERT_EQUAL(std::string("a%20b%2Fc%3Fd%23e%25f%3Ag-._~"), href("a b/c?d#e%f:g-._~"));
    CPPUNIT_ASSERT_EQUAL(std::string("%FF%C3%A4"), href("\xFF\xC3\xA4"));
  }

  void anyBytesBecomeUtf8() {
    const std::string lost = "\xEF\xBF\xBD";
    for (auto bad : {"\xFF", "\x80", "\xC0", "\xC1", "\xF5", "\n"}) CPPUNIT_ASSERT_EQUAL(lost, html(bad));
    CPPUNIT_ASSERT_EQUAL(lost + lost, html("\xC0\xAE"));                        // an overlong "."
    CPPUNIT_ASSERT_EQUAL(lost + lost + lost, html("\xE0\x80\xAE"));             // another
    CPPUNIT_ASSERT_EQUAL(lost + lost + lost, html("\xED\xA0\x80"));             // a surrogate
    CPPUNIT_ASSERT_EQUAL(lost + "&lt;", html("\xE2<"));                         // cut off: what follows counts
    CPPUNIT_ASSERT_EQUAL(lost + lost + lost + lost, html("\xF4\x90\x80\x80"));  // past U+10FFFF
  }

  void sizes() {
    CPPUNIT_ASSERT_EQUAL(std::string("0 B"), listedSize(0));
    CPPUNIT_ASSERT_EQUAL(std::string("999 B"), listedSize(999));
    CPPUNIT_ASSERT_EQUAL(std::string("1.0 kB"), listedSize(1000));
    CPPUNIT_ASSERT_EQUAL(std::string("9.9 kB"), listedSize(9949));
    CPPUNIT_ASSERT_EQUAL(std::string("10 kB"), listedSize(9951));
    CPPUNIT_ASSERT_EQUAL(std::string("1.0 MB"), listedSize(999'999));
    CPPUNIT_ASSERT_EQUAL(std::string("18 EB"), listedSize(~uint64_t{0}));
  }

  void times() {
    CPPUNIT_ASSERT_EQUAL(std::string("1994-11-06 08:49 UTC"), listedTime(784111777, false));
    CPPUNIT_ASSERT_EQUAL(std::string("Sun, 06 Nov 1994 08:49:37 GMT"), listedDate(784111777, false));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListingTextTest);

}  // namespace weir
