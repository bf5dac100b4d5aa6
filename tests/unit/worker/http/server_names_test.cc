// SPDX-License-Identifier: Apache-2.0
#include "worker/http/server_names.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <algorithm>

namespace weir {
namespace {

class ServerNamesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ServerNamesTest);
  CPPUNIT_TEST(unknownHostsGoToTheDefault);
  CPPUNIT_TEST(exactBeatsEverything);
  CPPUNIT_TEST(theLongestLeadingWildcardWins);
  CPPUNIT_TEST(aWildcardDoesNotMatchTheNameItself);
  CPPUNIT_TEST(aLeadingDotMatchesBoth);
  CPPUNIT_TEST(theLongestTrailingWildcardWins);
  CPPUNIT_TEST(leadingBeatsTrailing);
  CPPUNIT_TEST(theFirstRegexThatMatchesWins);
  CPPUNIT_TEST(regexesCapture);
  CPPUNIT_TEST(namesAreCaseless);
  CPPUNIT_TEST(anEmptyNameMatchesNoHost);
  CPPUNIT_TEST(hostnameIsTheMachines);
  CPPUNIT_TEST(aNameGivenTwiceIsAWarning);
  CPPUNIT_TEST(badNamesAreErrors);
  CPPUNIT_TEST(thousandsOfNames);
  CPPUNIT_TEST_SUITE_END();

  void add(std::string_view name, uint32_t server) { names_.add(name, server, {}, diagnostics_); }
  uint32_t find(std::string_view host) { return names_.find(host, captures_); }

  ServerNames names_{0};
  Diagnostics diagnostics_;
  Captures captures_;

 public:
  void unknownHostsGoToTheDefault() {
    CPPUNIT_ASSERT_EQUAL(0u, find("a.example"));
    names_.setDefault(7);
    CPPUNIT_ASSERT_EQUAL(7u, find("a.example"));
    CPPUNIT_ASSERT_EQUAL(7u, find(""));
  }

  void exactBeatsEverything() {
    add("~.*", 1);
    add("www.*", 2);
    add("*.example.com", 3);
    add("www.example.com", 4);
    CPPUNIT_ASSERT_EQUAL(4u, find("www.example.com"));
    CPPUNIT_ASSERT_EQUAL(3u, find("ftp.example.com"));
    CPPUNIT_ASSERT_EQUAL(2u, find("www.example.org"));
    CPPUNIT_ASSERT_EQUAL(1u, find("other"));
  }

  void theLongestLeadingWildcardWins() {
    add("*.com", 1);
    add("*.example.com", 2);
    add("*.b.example.com", 3);
    CPPUNIT_ASSERT_EQUAL(3u, find("a.b.example.com"));
    CPPUNIT_ASSERT_EQUAL(2u, find("b.example.com"));
    CPPUNIT_ASSERT_EQUAL(2u, find("x.y.example.com"));
    CPPUNIT_ASSERT_EQUAL(1u, find("example.com"));
  }

  void aWildcardDoesNotMatchTheNameItself() {
    add("*.example.com", 1);
    CPPUNIT_ASSERT_EQUAL(0u, find("example.com"));
    CPPUNIT_ASSERT_EQUAL(0u, find("badexample.com"));
  }

  void aLeadingDotMatchesBoth() {
    add(".example.com", 1);
    CPPUNIT_ASSERT_EQUAL(1u, find("example.com"));
    CPPUNIT_ASSERT_EQUAL(1u, find("a.b.example.com"));
  }

  void theLongestTrailingWildcardWins() {
    add("www.*", 1);
    add("www.example.*", 2);
    CPPUNIT_ASSERT_EQUAL(2u, find("www.example.co.uk"));
    CPPUNIT_ASSERT_EQUAL(1u, find("www.other.org"));
    CPPUNIT_ASSERT_EQUAL(0u, find("www"));
  }

  void leadingBeatsTrailing() {
    add("www.example.*", 1);
    add("*.com", 2);
    CPPUNIT_ASSERT_EQUAL(2u, find("www.example.com"));
  }

  void theFirstRegexThatMatchesWins() {
    add("~^a", 1);
    add("~^ab", 2);
    add("~b$", 3);
    CPPUNIT_ASSERT_EQUAL(1u, find("abb"));
    CPPUNIT_ASSERT_EQUAL(3u, find("xb"));
  }

  void regexesCapture() {
    add("~^(?<user>[^.]+)\\.Example\\.com$", 1);
    CPPUNIT_ASSERT_EQUAL(1u, find("joe.example.com"));
    CPPUNIT_ASSERT(captures_.group(1) == "joe");
    CPPUNIT_ASSERT(captures_.named("user") == "joe");
  }

  void namesAreCaseless() {
    add("WWW.Example.COM.", 1);
    CPPUNIT_ASSERT_EQUAL(1u, find("www.example.com"));
  }

  void anEmptyNameMatchesNoHost() {
    add("", 3);
    CPPUNIT_ASSERT_EQUAL(3u, find(""));
    CPPUNIT_ASSERT_EQUAL(0u, find("a"));
  }

  void hostnameIsTheMachines() {
    char name[256] = {};
    CPPUNIT_ASSERT_EQUAL(0, gethostname(name, sizeof name - 1));
    std::string lower(name);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    add("$hostname", 5);
    CPPUNIT_ASSERT_EQUAL(5u, find(lower));
  }

  void aNameGivenTwiceIsAWarning() {
    add("a.example", 1);
    add("a.example", 1);
    CPPUNIT_ASSERT(diagnostics_.all().empty());
    add("a.example", 2);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, diagnostics_.all().size());
    CPPUNIT_ASSERT(!diagnostics_.hasErrors());
    CPPUNIT_ASSERT_EQUAL(1u, find("a.example"));
  }

  void badNamesAreErrors() {
    size_t errors = 0;
    for (auto name : {"*", "a*.b", "*.*", ".", "*.", "a.*.b", "a/b", "~", "~(", "a..b", "*.a.*", ".*"}) {
      add(name, 1);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, ++errors, diagnostics_.errorCount());
    }
  }

  void thousandsOfNames() {
    for (uint32_t i = 1; i <= 5000; ++i) {
      add("host" + std::to_string(i) + ".example.com", i);
      add("*.zone" + std::to_string(i) + ".example.com", i + 10000);
    }
    CPPUNIT_ASSERT_EQUAL(4321u, find("host4321.example.com"));
    CPPUNIT_ASSERT_EQUAL(14321u, find("a.b.zone4321.example.com"));
    CPPUNIT_ASSERT_EQUAL(0u, find("zone4321.example.com"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerNamesTest);

}  // namespace
}  // namespace weir
