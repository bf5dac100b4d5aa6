// SPDX-License-Identifier: Apache-2.0
// S-43: which file a path is, and what nothing may leave.
#include "worker/http/files/file_root.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_exchange.h"

namespace weir {

class FileRootTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FileRootTest);
  CPPUNIT_TEST(aRootIsPutInFront);
  CPPUNIT_TEST(anAliasReplacesThePrefix);
  CPPUNIT_TEST(anAliasOfAnExactPathIsTheFile);
  CPPUNIT_TEST(anAliasOfAPatternIsTheFile);
  CPPUNIT_TEST(aVariableEndsTheFolder);
  CPPUNIT_TEST(whatAVariableBringsDoesNotClimb);
  CPPUNIT_TEST(namesWithDotsDoNotClimb);
  CPPUNIT_TEST(whatAVariableBringsIsNotHidden);
  CPPUNIT_TEST(whatTheConfigurationNamesMayBeHidden);
  CPPUNIT_TEST(anotherRuleIsAnotherKey);
  CPPUNIT_TEST(anAliasThatCanBeLeftIsRefused);
  CPPUNIT_TEST(aNamedLocationHasNoAlias);
  CPPUNIT_TEST_SUITE_END();

  using Match = LocationSettings::Match;

  std::optional<ServedExchange> served_;
  LocationSettings location_;
  Diagnostics diagnostics_;
  std::string text_;

  ContentSettings& content() { return location_.http.content; }
  void at(Match match, std::string pattern) {
    location_.match = match;
    location_.pattern = std::move(pattern);
  }
  FileRoot compiled() {
    CompileContext context(served_->settings, diagnostics_, nullptr, nullptr);
    return FileRoot(location_, context);
  }
  // "FOLDER|PATH" of a request's target; "nowhere".
  std::string locate(const std::string& target) {
    served_.emplace();
    served_->serve("GET " + target + " HTTP/1.1\r\nHost: www.example.com\r\n\r\n");
    FileKey key = compiled().locate(served_->exchange, served_->exchange.path(), text_);
    return key.text().empty() ? "nowhere" : std::string(key.folder()) + "|" + key.path();
  }
  void located(std::string_view wanted, const std::string& target) {
    CPPUNIT_ASSERT_EQUAL(std::string(wanted), locate(target));
  }
  void refused(std::string_view part) {
    served_.emplace();
    compiled();
    CPPUNIT_ASSERT_MESSAGE(diagnostics_.formatAll(), diagnostics_.formatAll().find(part) != std::string::npos);
  }

 public:
  void setUp() override {
    location_ = {};
    diagnostics_ = {};
    at(Match::Prefix, "/");
  }
  void tearDown() override { served_.reset(); }

  void aRootIsPutInFront() {
    content().root.text = "/srv/www";
    located("/srv/www|a/b.txt", "/a/b.txt");
    located("/srv/www|", "/");
    located("/srv/www|a/c", "/a/b/../c");
  }

  void anAliasReplacesThePrefix() {
    at(Match::Prefix, "/i/");
    content().alias.text = "/data/";
    located("/data/|x/y.png", "/i/x/y.png");
    located("/data/|", "/i/");
  }

  void anAliasOfAnExactPathIsTheFile() {
    at(Match::Exact, "/robots.txt");
    content().alias.text = "/data/robots.txt";
    located("/data/|robots.txt", "/robots.txt");
    CPPUNIT_ASSERT(compiled().namesFile());
  }

  void anAliasOfAPatternIsTheFile() {
    at(Match::Regex, "^/x");
    content().alias.text = "/data/$arg_name.txt";
    located("/data/|n.txt", "/x?name=n");
    located("nowhere", "/x?name=../n");
  }

  void aVariableEndsTheFolder() {
    content().root.text = "/srv/$host/www";
    located("/srv/|www.example.com/www/a", "/a");
  }

  void whatAVariableBringsDoesNotClimb() {
    content().root.text = "/srv/$arg_d";
    for (const char* bad : {"..", "../x", "x/..", "x/../y", "/..", "x/y/.."})
      located("nowhere", std::string("/a?d=") + bad);
    located("/srv/|x/a", "/a?d=x");
  }

  void namesWithDotsDoNotClimb() {
    content().dotfiles = Dotfiles::Allow;
    content().root.text = "/srv/$arg_d";
    located("/srv/|..x/y../a..b", "/a..b?d=..x/y..");
  }

  void whatAVariableBringsIsNotHidden() {
    content().root.text = "/srv/$arg_d/x";
    for (const char* bad : {".git", "x/.git", "/.git", ".well-known/.x", ".well-known"})
      located("nowhere", std::string("/a?d=") + bad);
    located("/srv/|.well-known/acme/x/a", "/a?d=.well-known/acme");
    located("/srv/|x.d/x/a", "/a?d=x.d");
    content().dotfiles = Dotfiles::Allow;
    located("/srv/|.git/x/a", "/a?d=.git");
  }

  void whatTheConfigurationNamesMayBeHidden() {
    content().root.text = "/srv/.sites/$arg_d/.public";
    located("/srv/.sites/|x/.public/a", "/a?d=x");
  }

  void anotherRuleIsAnotherKey() {
    content().root.text = "/srv";
    locate("/a");
    std::string one = text_;
    content().disable_symlinks = Symlinks::Refuse;
    locate("/a");
    CPPUNIT_ASSERT(one != text_ && one.substr(1) == text_.substr(1));
  }

  void anAliasThatCanBeLeftIsRefused() {
    at(Match::Prefix, "/i");
    content().alias.text = "/data/";
    refused("must both end in \"/\"");
    diagnostics_ = {};
    at(Match::PrefixFinal, "/i/");
    content().alias.text = "/data";
    refused("must both end in \"/\"");
  }

  void aNamedLocationHasNoAlias() {
    at(Match::Named, "@x");
    content().alias.text = "/data/";
    refused("has no path to replace");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FileRootTest);

}  // namespace weir
