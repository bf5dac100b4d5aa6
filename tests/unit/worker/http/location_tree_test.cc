// SPDX-License-Identifier: Apache-2.0
#include "worker/http/location_tree.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <string>
#include <vector>

namespace weir {
namespace {

using Match = LocationSettings::Match;
using Kind = LocationTree::Found::Kind;

class LocationTreeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LocationTreeTest);
  CPPUNIT_TEST(nothingMatchesInAnEmptyServer);
  CPPUNIT_TEST(theLongestPrefixWins);
  CPPUNIT_TEST(prefixesAreNotWholeSegments);
  CPPUNIT_TEST(siblingsDoNotHideAPrefix);
  CPPUNIT_TEST(exactBeatsEverything);
  CPPUNIT_TEST(exactAndPrefixOfOnePath);
  CPPUNIT_TEST(regexesBeatPrefixes);
  CPPUNIT_TEST(regexesComeInOrder);
  CPPUNIT_TEST(aFinalPrefixStopsRegexes);
  CPPUNIT_TEST(onlyTheLongestPrefixMayStopRegexes);
  CPPUNIT_TEST(caseCountsForPrefixesAndRegexes);
  CPPUNIT_TEST(regexesCapture);
  CPPUNIT_TEST(aHardRegexRefuses);
  CPPUNIT_TEST(namedLocationsAreFoundByNameOnly);
  CPPUNIT_TEST(addsTheSlashOfAProxyingLocation);
  CPPUNIT_TEST(addsNoSlashWhereSomethingElseAnswers);
  CPPUNIT_TEST(mistakesAreReported);
  CPPUNIT_TEST(agreesWithALinearSearch);
  CPPUNIT_TEST_SUITE_END();

  void add(Match match, std::string pattern, std::string proxy_pass = "") {
    LocationSettings settings;
    settings.match = match;
    settings.pattern = std::move(pattern);
    settings.http.proxy_pass.text = std::move(proxy_pass);
    settings.origin.line = static_cast<uint32_t>(locations_.size() + 1);
    locations_.push_back(std::move(settings));
  }
  LocationTree tree() { return LocationTree(locations_, diagnostics_); }
  // The pattern of what is found; "" for none.
  std::string find(std::string_view path) {
    LocationTree made = tree();
    auto found = made.find(path, captures_);
    kind_ = found.kind;
    return found.kind == Kind::None ? "" : locations_[static_cast<size_t>(found.location)].pattern;
  }
  void finds(std::string_view pattern, std::string_view path) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(std::string(path), std::string(pattern), find(path));
  }

  std::vector<LocationSettings> locations_;
  Diagnostics diagnostics_;
  Captures captures_;
  Kind kind_ = Kind::None;

 public:
  void nothingMatchesInAnEmptyServer() {
    finds("", "/");
    add(Match::Prefix, "/a");
    finds("", "/b");
    finds("", "");
  }

  void theLongestPrefixWins() {
    for (auto pattern : {"/", "/a/", "/a/b/", "/a/b/c"}) add(Match::Prefix, pattern);
    finds("/", "/x");
    finds("/", "/a");
    finds("/a/", "/a/");
    finds("/a/", "/a/c");
    finds("/a/b/", "/a/b/x");
    finds("/a/b/c", "/a/b/cc");
  }

  void prefixesAreNotWholeSegments() {
    add(Match::Prefix, "/img");
    finds("/img", "/imgs/a");
  }

  void siblingsDoNotHideAPrefix() {
    for (auto pattern : {"/a", "/a/m", "/a/z", "/b"}) add(Match::Prefix, pattern);
    finds("/a", "/a/n");
    finds("/a", "/a/y");
    finds("/a/z", "/a/zeta");
    finds("", "/c");
  }

  void exactBeatsEverything() {
    add(Match::Regex, ".*");
    add(Match::PrefixFinal, "/a");
    add(Match::Exact, "/a/b");
    finds("/a/b", "/a/b");
    finds("/a", "/a/bc");
    finds(".*", "/x");
  }

  void exactAndPrefixOfOnePath() {
    add(Match::Prefix, "/");
    add(Match::Exact, "/");
    LocationTree made = tree();
    CPPUNIT_ASSERT(!diagnostics_.hasErrors());
    CPPUNIT_ASSERT_EQUAL(1, made.find("/", captures_).location);
    CPPUNIT_ASSERT_EQUAL(0, made.find("/x", captures_).location);
  }

  void regexesBeatPrefixes() {
    add(Match::Prefix, "/images/");
    add(Match::Regex, "\\.png$");
    finds("\\.png$", "/images/a.png");
    finds("/images/", "/images/a.jpg");
  }

  void regexesComeInOrder() {
    add(Match::Regex, "^/a");
    add(Match::Regex, "^/ab");
    finds("^/a", "/ab");
  }

  void aFinalPrefixStopsRegexes() {
    add(Match::PrefixFinal, "/images/");
    add(Match::Regex, "\\.png$");
    finds("/images/", "/images/a.png");
    finds("\\.png$", "/a.png");
  }

  void onlyTheLongestPrefixMayStopRegexes() {
    add(Match::PrefixFinal, "/a/");
    add(Match::Prefix, "/a/b/");
    add(Match::Regex, "\\.png$");
    finds("\\.png$", "/a/b/x.png");
    finds("/a/", "/a/x.png");
  }

  void caseCountsForPrefixesAndRegexes() {
    add(Match::Prefix, "/Up");
    add(Match::Regex, "low$");
    add(Match::RegexNoCase, "any$");
    finds("", "/up");
    finds("", "/xLOW");
    finds("any$", "/xANY");
  }

  void regexesCapture() {
    add(Match::Regex, "^/u/(?<id>\\d+)");
    LocationTree made = tree();
    CPPUNIT_ASSERT(made.find("/u/42", captures_).kind == Kind::Location);
    CPPUNIT_ASSERT(captures_.named("id") == "42");
    CPPUNIT_ASSERT_EQUAL(size_t{1}, made.patterns().size());
  }

  void aHardRegexRefuses() {
    add(Match::Prefix, "/");
    add(Match::Regex, "^/(a+)+$");
    find("/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
    CPPUNIT_ASSERT(kind_ == Kind::TooHard);
  }

  void namedLocationsAreFoundByNameOnly() {
    add(Match::Named, "@fallback");
    finds("", "@fallback");
    CPPUNIT_ASSERT_EQUAL(0, tree().findNamed("@fallback"));
    CPPUNIT_ASSERT_EQUAL(LocationTree::kNone, tree().findNamed("@other"));
  }

  void addsTheSlashOfAProxyingLocation() {
    add(Match::Prefix, "/");
    add(Match::Prefix, "/api/", "http://app");
    add(Match::Prefix, "/static/");
    finds("/api/", "/api");
    CPPUNIT_ASSERT(kind_ == Kind::AddSlash);
    finds("/", "/static");
    CPPUNIT_ASSERT(kind_ == Kind::Location);
    finds("/", "/api-x");
    finds("/", "/ap");
  }

  void addsNoSlashWhereSomethingElseAnswers() {
    add(Match::Prefix, "/a/", "http://app");
    add(Match::Exact, "/a");
    add(Match::Prefix, "/b/", "http://app");
    add(Match::Prefix, "/b");
    finds("/a", "/a");
    CPPUNIT_ASSERT(kind_ == Kind::Location);
    finds("/b", "/b");
    CPPUNIT_ASSERT(kind_ == Kind::Location);
  }

  void mistakesAreReported() {
    add(Match::Prefix, "/a");
    add(Match::PrefixFinal, "/a");
    add(Match::Exact, "/a");
    add(Match::Exact, "/a");
    add(Match::Regex, "(");
    add(Match::Named, "@x");
    add(Match::Named, "@x");
    tree();
    std::vector<uint32_t> lines;
    for (const Diagnostic& diagnostic : diagnostics_.all()) lines.push_back(diagnostic.origin.line);
    CPPUNIT_ASSERT(lines == (std::vector<uint32_t>{2, 4, 5, 7}));
  }

  // Every prefix over a small alphabet that a simple generator picks, against the definition of "longest prefix".
  void agreesWithALinearSearch() {
    uint32_t seed = 12345;
    auto random = [&](uint32_t below) {
      seed = seed * 1664525 + 1013904223;
      return (seed >> 8) % below;
    };
    auto word = [&] {
      std::string text = "/";
      for (uint32_t size = random(7); size > 0; --size) text += "ab/"[random(3)];
      return text;
    };
    std::vector<std::string> used;
    for (int i = 0; i < 60; ++i) {
      std::string pattern = word();
      if (std::find(used.begin(), used.end(), pattern) != used.end()) continue;
      used.push_back(pattern);
      add(Match::Prefix, pattern);
    }
    LocationTree made = tree();
    for (int i = 0; i < 2000; ++i) {
      std::string path = word() + word();
      std::string expected;
      for (const auto& pattern : used)
        if (path.starts_with(pattern) && pattern.size() > expected.size()) expected = pattern;
      auto found = made.find(path, captures_);
      std::string got = found.kind == Kind::None ? "" : locations_[static_cast<size_t>(found.location)].pattern;
      CPPUNIT_ASSERT_EQUAL_MESSAGE(path, expected, got);
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LocationTreeTest);

}  // namespace
}  // namespace weir
