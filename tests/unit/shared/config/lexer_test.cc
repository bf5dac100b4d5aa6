// SPDX-License-Identifier: Apache-2.0
#include "shared/config/lexer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>

namespace weir::config {
namespace {

class LexerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LexerTest);
  CPPUNIT_TEST(blanksPartWords);
  CPPUNIT_TEST(quotesGroup);
  CPPUNIT_TEST(escapesOnlyInQuotes);
  CPPUNIT_TEST(aQuoteInsideAWordIsItself);
  CPPUNIT_TEST(brokenQuotesAreErrors);
  CPPUNIT_TEST(aWordIsReadAsItWasQuoted);
  CPPUNIT_TEST(whatLooksLikeAComment);
  CPPUNIT_TEST(environmentIsPutIn);
  CPPUNIT_TEST(environmentDefaults);
  CPPUNIT_TEST(environmentErrors);
  CPPUNIT_TEST_SUITE_END();

  // Words joined by '|', those that were quoted in angle brackets; or the error.
  static std::string words(std::string_view value) {
    auto split = splitWords(value);
    if (!split.error.empty()) return "error: " + split.error;
    std::string joined;
    for (const auto& word : split.words)
      joined += (joined.empty() ? "" : "|") + (word.quoted ? "<" + word.text + ">" : word.text);
    return joined;
  }

  static std::string expanded(std::string text) {
    std::string error;
    return expandEnvironment(text, error) ? text : "error: " + error;
  }

  static void expect(const std::string& wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

 public:
  void blanksPartWords() {
    expect("", words(""));
    expect("", words(" \t "));
    expect("a", words("a"));
    expect("a|b|c", words("  a\tb   c "));
  }

  void quotesGroup() {
    expect("<a b>|c", words("\"a b\" c"));
    expect("<a \"b\">", words("'a \"b\"'"));
    expect("<>", words("\"\""));
    expect("<none>|none", words("'none' none"));
  }

  void escapesOnlyInQuotes() {
    expect("<a\"b'c\\d>", words(R"("a\"b\'c\\d")"));
    expect("<a\tb\rc\nd>", words(R"('a\tb\rc\nd')"));
    expect("<\\.png$>", words(R"("\.png$")"));
    expect("\\.png$|\\n", words(R"(\.png$ \n)"));
  }

  void aQuoteInsideAWordIsItself() {
    expect("h3=\":443\";|ma=1", words("h3=\":443\"; ma=1"));
    expect("it's", words("it's"));
  }

  void brokenQuotesAreErrors() {
    expect("error: a quote is not closed", words("\"a b"));
    expect("error: a quote is not closed", words("\"a\\\""));
    expect("error: unexpected 'b' after the closing quote", words("\"a\"b"));
  }

  void aWordIsReadAsItWasQuoted() {
    for (std::string word : {"", "a", "a b", "\"", "'", "a\"b", "\\", "a\\", "\n\r\t", "#", ";", "~ \\d+\\", "x'y z\""})
      for (bool always : {false, true}) {
        auto split = splitWords(quoteWord(word, always));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, split.words.size());
        expect(word, split.words[0].text);
      }
    expect("plain\\d", quoteWord("plain\\d"));
  }

  void whatLooksLikeAComment() {
    CPPUNIT_ASSERT(looksLikeInlineComment("8080 # the port"));
    CPPUNIT_ASSERT(looksLikeInlineComment("8080 ; the port"));
    CPPUNIT_ASSERT(!looksLikeInlineComment("max-age=1; preload"));
    CPPUNIT_ASSERT(!looksLikeInlineComment("\"a # b\" c"));
    CPPUNIT_ASSERT(!looksLikeInlineComment("'a \\' ; b'"));
    CPPUNIT_ASSERT(!looksLikeInlineComment("/page#part"));
    CPPUNIT_ASSERT(!looksLikeInlineComment("# all of it"));
  }

  void environmentIsPutIn() {
    setenv("WEIR_TEST_PORT", "8080", 1);
    expect("8080", expanded("${env.WEIR_TEST_PORT}"));
    expect("a8080b8080", expanded("a${env.WEIR_TEST_PORT}b${env.WEIR_TEST_PORT}"));
    expect("$host ${host} 1", expanded("$host ${host} 1"));
  }

  void environmentDefaults() {
    unsetenv("WEIR_TEST_UNSET");
    setenv("WEIR_TEST_EMPTY", "", 1);
    expect("x", expanded("${env.WEIR_TEST_UNSET:-x}"));
    expect("x", expanded("${env.WEIR_TEST_EMPTY:-x}"));
    expect("[]", expanded("[${env.WEIR_TEST_UNSET:-}]"));
    expect("[]", expanded("[${env.WEIR_TEST_EMPTY}]"));
  }

  void environmentErrors() {
    unsetenv("WEIR_TEST_UNSET");
    setenv("WEIR_TEST_LINES", "a\nb", 1);
    expect("error: the environment variable WEIR_TEST_UNSET is not set and ${env.WEIR_TEST_UNSET} gives no default",
           expanded("${env.WEIR_TEST_UNSET}"));
    expect("error: the environment variable WEIR_TEST_LINES holds a control character",
           expanded("${env.WEIR_TEST_LINES}"));
    expect("error: \"${env.\" is not closed by \"}\"", expanded("${env.X"));
    expect("error: \"A B\" is not the name of an environment variable", expanded("${env.A B}"));
    expect("error: \"\" is not the name of an environment variable", expanded("${env.}"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LexerTest);

}  // namespace
}  // namespace weir::config
