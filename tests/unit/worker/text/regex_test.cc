// SPDX-License-Identifier: Apache-2.0
#include "worker/text/regex.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>

namespace weir {
namespace {

class RegexTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RegexTest);
  CPPUNIT_TEST(searchesAnywhere);
  CPPUNIT_TEST(caseIsHeededUnlessToldOtherwise);
  CPPUNIT_TEST(capturesGroups);
  CPPUNIT_TEST(groupsWithoutPartAreEmpty);
  CPPUNIT_TEST(namesGroups);
  CPPUNIT_TEST(aFailedMatchLeavesCapturesAlone);
  CPPUNIT_TEST(manyGroupsAreCutOff);
  CPPUNIT_TEST(aNamedGroupPastTheRoomIsRefused);
  CPPUNIT_TEST(badPatternsSayWhy);
  CPPUNIT_TEST(workIsBounded);
  CPPUNIT_TEST(matchesDoNotEndBeforeTheyStart);
  CPPUNIT_TEST(takesAnyBytes);
  CPPUNIT_TEST_SUITE_END();

  Regex compiled(std::string_view pattern, Regex::Case sensitivity = Regex::Case::Sensitive) {
    auto result = Regex::compile(pattern, sensitivity);
    CPPUNIT_ASSERT(std::holds_alternative<Regex>(result));
    return std::get<Regex>(std::move(result));
  }
  std::string problemOf(std::string_view pattern) {
    auto result = Regex::compile(pattern, Regex::Case::Sensitive);
    CPPUNIT_ASSERT(std::holds_alternative<std::string>(result));
    return std::get<std::string>(result);
  }
  bool matches(const Regex& regex, std::string_view subject) {
    return regex.match(subject, captures_) == Regex::Outcome::Match;
  }
  std::string group(size_t index) { return std::string(captures_.group(index)); }
  std::string named(std::string_view name) { return std::string(captures_.named(name)); }

  Captures captures_;

 public:
  void searchesAnywhere() {
    Regex regex = compiled("\\.png$");
    CPPUNIT_ASSERT(matches(regex, "/a/b.png"));
    CPPUNIT_ASSERT(!matches(regex, "/a/b.png/c"));
    CPPUNIT_ASSERT(regex.matches("x.png"));
  }

  void caseIsHeededUnlessToldOtherwise() {
    CPPUNIT_ASSERT(!matches(compiled("abc"), "ABC"));
    CPPUNIT_ASSERT(matches(compiled("abc", Regex::Case::Insensitive), "ABC"));
  }

  void capturesGroups() {
    Regex regex = compiled("^/(\\w+)/(\\d+)");
    CPPUNIT_ASSERT(matches(regex, "/users/42/x"));
    CPPUNIT_ASSERT_EQUAL(std::string("/users/42"), group(0));
    CPPUNIT_ASSERT_EQUAL(std::string("users"), group(1));
    CPPUNIT_ASSERT_EQUAL(std::string("42"), group(2));
    CPPUNIT_ASSERT_EQUAL(std::string(), group(3));
    CPPUNIT_ASSERT_EQUAL(std::string(), group(99));
  }

  void groupsWithoutPartAreEmpty() {
    Regex regex = compiled("(a)|(b)(c)");
    CPPUNIT_ASSERT(matches(regex, "bc"));
    CPPUNIT_ASSERT_EQUAL(std::string(), group(1));
    CPPUNIT_ASSERT_EQUAL(std::string("c"), group(3));
  }

  void namesGroups() {
    Regex regex = compiled("^(?<user>[a-z]+)\\.(?P<zone>.+)$");
    CPPUNIT_ASSERT_EQUAL(size_t{2}, regex.groups().size());
    CPPUNIT_ASSERT(matches(regex, "joe.example.com"));
    CPPUNIT_ASSERT_EQUAL(std::string("joe"), named("user"));
    CPPUNIT_ASSERT_EQUAL(std::string("example.com"), named("zone"));
    CPPUNIT_ASSERT_EQUAL(std::string(), named("nobody"));
    captures_.clear();
    CPPUNIT_ASSERT_EQUAL(std::string(), named("user"));
  }

  void aFailedMatchLeavesCapturesAlone() {
    Regex first = compiled("(a+)"), second = compiled("(b+)");
    CPPUNIT_ASSERT(matches(first, "xaay"));
    CPPUNIT_ASSERT(!matches(second, "xaay"));
    CPPUNIT_ASSERT_EQUAL(std::string("aa"), group(1));
  }

  void manyGroupsAreCutOff() {
    std::string pattern;
    for (int i = 0; i < 30; ++i) pattern += "(.)";
    Regex regex = compiled(pattern);
    CPPUNIT_ASSERT(matches(regex, "abcdefghijklmnopqrstuvwxyzABCD"));
    CPPUNIT_ASSERT_EQUAL(std::string("o"), group(15));
    CPPUNIT_ASSERT_EQUAL(std::string(), group(16));
  }

  void aNamedGroupPastTheRoomIsRefused() {
    std::string pattern;
    for (int i = 0; i < 15; ++i) pattern += "(.)";
    CPPUNIT_ASSERT(problemOf(pattern + "(?<late>.)").find("named group") != std::string::npos);
  }

  void badPatternsSayWhy() {
    CPPUNIT_ASSERT_EQUAL(std::string("missing closing parenthesis at offset 2"), problemOf("(a"));
    CPPUNIT_ASSERT(!problemOf("[z-a]").empty());
  }

  // Unbounded, this takes 2^29 steps.
  void workIsBounded() {
    Regex regex = compiled("^(a+)+$");
    std::string subject(29, 'a');
    subject += '!';
    auto begun = std::chrono::steady_clock::now();
    CPPUNIT_ASSERT(regex.match(subject, captures_) == Regex::Outcome::TooHard);
    CPPUNIT_ASSERT(!regex.matches(subject));
    CPPUNIT_ASSERT(std::chrono::steady_clock::now() - begun < std::chrono::seconds(1));
  }

  // (?=ab\K) would end a match before its start.
  void matchesDoNotEndBeforeTheyStart() { CPPUNIT_ASSERT(problemOf("(?=ab\\K)").find("\\K") != std::string::npos); }

  void takesAnyBytes() {
    using std::literals::string_view_literals::operator""sv;
    CPPUNIT_ASSERT(matches(compiled("^.+$"), "\xff\xfe\0x"sv));
    CPPUNIT_ASSERT(matches(compiled("^$"), ""));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RegexTest);

}  // namespace
}  // namespace weir
