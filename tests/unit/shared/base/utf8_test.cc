// SPDX-License-Identifier: Apache-2.0
#include "shared/base/utf8.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {

class Utf8Test : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(Utf8Test);
  CPPUNIT_TEST(knowsCharacters);
  CPPUNIT_TEST(cutsBetweenCharacters);
  CPPUNIT_TEST(writesTheInsideOfJsonStrings);
  CPPUNIT_TEST_SUITE_END();

  static std::string json(std::string_view text) {
    std::string to;
    appendJsonText(text, to);
    return to;
  }

 public:
  void knowsCharacters() {
    CPPUNIT_ASSERT_EQUAL(size_t{0}, characterLength(""));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, characterLength("ab"));
    CPPUNIT_ASSERT_EQUAL(size_t{2}, characterLength("\xc3\xa4x"));
    CPPUNIT_ASSERT_EQUAL(size_t{3}, characterLength("\xe2\x82\xac"));
    CPPUNIT_ASSERT_EQUAL(size_t{4}, characterLength("\xf0\x9f\x98\x80"));
    for (const char* wrong : {"\x80", "\xc0\x80", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"})
      CPPUNIT_ASSERT_EQUAL(size_t{0}, characterLength(wrong));
  }

  void cutsBetweenCharacters() {
    std::string_view text =
        "a\xe2\x82\xac"
        "b";
    CPPUNIT_ASSERT(cutText(text, 9) == text);
    CPPUNIT_ASSERT(cutText(text, 4) == "a\xe2\x82\xac");
    CPPUNIT_ASSERT(cutText(text, 3) == "a");
    CPPUNIT_ASSERT(cutText(text, 2) == "a");
    CPPUNIT_ASSERT(cutText(text, 1) == "a");
    CPPUNIT_ASSERT(cutText(text, 0).empty());
    CPPUNIT_ASSERT(cutText("\x80\x80\x80\x80\x80", 3) == "\x80\x80\x80");
  }

  void writesTheInsideOfJsonStrings() {
    CPPUNIT_ASSERT_EQUAL(std::string("\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f\\u0000"),
                         json({"\"\\\n\r\t\b\f\x01\x1f\0", 10}));
    CPPUNIT_ASSERT_EQUAL(std::string("\xe2\x82\xac\xef\xbf\xbd"
                                     "a\xef\xbf\xbd"),
                         json("\xe2\x82\xac\xff"
                              "a\xc3"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(Utf8Test);

}  // namespace weir
