// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/mime_types.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {

class MimeTypesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MimeTypesTest);
  CPPUNIT_TEST(theWebIsBuiltIn);
  CPPUNIT_TEST(aFileAddsButDoesNotCorrect);
  CPPUNIT_TEST(settingsComeFirst);
  CPPUNIT_TEST(theLongestExtensionCounts);
  CPPUNIT_TEST(namesWithoutOne);
  CPPUNIT_TEST(linesThatAreNone);
  CPPUNIT_TEST_SUITE_END();

  static std::string of(const MimeTypes& types, std::string_view name) { return std::string(types.find(name)); }
  static std::string builtIn(std::string_view name) { return of(MimeTypes({}, ""), name); }

 public:
  void theWebIsBuiltIn() {
    CPPUNIT_ASSERT_EQUAL(std::string("text/html"), builtIn("/a/index.html"));
    CPPUNIT_ASSERT_EQUAL(std::string("text/javascript"), builtIn("APP.JS"));
    CPPUNIT_ASSERT_EQUAL(std::string("font/woff2"), builtIn("a.b.woff2"));
  }

  void aFileAddsButDoesNotCorrect() {
    MimeTypes types({}, "# comment\napplication/javascript js\nchemical/x-pdb\tpdb ent # tail\n");
    CPPUNIT_ASSERT_EQUAL(std::string("text/javascript"), of(types, "a.js"));
    CPPUNIT_ASSERT_EQUAL(std::string("chemical/x-pdb"), of(types, "a.ent"));
  }

  // What an inner section says stands behind what it inherits, and goes before it.
  void settingsComeFirst() {
    MimeTypes types({{"text/outer", {"x", "html"}}, {"text/inner", {"x"}}}, "text/file x\n");
    CPPUNIT_ASSERT_EQUAL(std::string("text/inner"), of(types, "a.x"));
    CPPUNIT_ASSERT_EQUAL(std::string("text/outer"), of(types, "a.html"));
  }

  void theLongestExtensionCounts() {
    MimeTypes types({{"application/x-compressed-tar", {"tar.gz"}}}, "");
    CPPUNIT_ASSERT_EQUAL(std::string("application/x-compressed-tar"), of(types, "a.b.tar.gz"));
    CPPUNIT_ASSERT_EQUAL(std::string("application/gzip"), of(types, "a.txt.gz"));
  }

  void namesWithoutOne() {
    for (auto name : {"", "/", "html", "/a.d/name", ".html", "a.", "a.unheard"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::string(), builtIn(name));
  }

  void linesThatAreNone() {
    size_t built_in = MimeTypes({}, "").size();
    for (auto text : {"\n\n", "type ext\n", "/x ext\n", "x/ ext\n", "text/\x01x ext\n", "text/none\n", "#text/x ext"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, built_in, MimeTypes({}, text).size());
    CPPUNIT_ASSERT_EQUAL(built_in + 1, MimeTypes({}, "text/x ext;").size());  // nginx's form
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MimeTypesTest);

}  // namespace weir
