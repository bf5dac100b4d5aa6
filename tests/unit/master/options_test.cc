// SPDX-License-Identifier: Apache-2.0
#include "master/options.h"

#include <cppunit/extensions/HelperMacros.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace weir {

class OptionsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(OptionsTest);
  CPPUNIT_TEST(servesByDefault);
  CPPUNIT_TEST(readsEveryLetter);
  CPPUNIT_TEST(readsLongNames);
  CPPUNIT_TEST(knowsItsCommands);
  CPPUNIT_TEST(refusesUnknownCommandAndListsTheOthers);
  CPPUNIT_TEST(refusesNonsense);
  CPPUNIT_TEST(prefixIsCurrentFolderWithoutAnInstallation);
  CPPUNIT_TEST(prefixIsTheInstallation);
  CPPUNIT_TEST(givenPrefixWins);
  CPPUNIT_TEST(pathsAreRelativeToThePrefix);
  CPPUNIT_TEST_SUITE_END();

  static Result<Options> parse(std::vector<std::string> words) {
    words.insert(words.begin(), "weir");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    return parseOptions(static_cast<int>(words.size()), argv.data());
  }
  static Options parsed(std::vector<std::string> words) {
    auto options = parse(std::move(words));
    CPPUNIT_ASSERT(options.ok());
    return options.value();
  }
  static std::string refusal(std::vector<std::string> words) {
    auto options = parse(std::move(words));
    CPPUNIT_ASSERT(!options.ok());
    return options.error().message();
  }
  static Options resolved(std::vector<std::string> words, const Surroundings& where) {
    Options options = parsed(std::move(words));
    resolvePaths(options, where);
    return options;
  }

  std::string folder_;

 public:
  void setUp() override {
    char name[] = "/tmp/weir-options-XXXXXX";
    folder_ = mkdtemp(name);
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

  void servesByDefault() {
    Options options = parsed({});
    CPPUNIT_ASSERT(options.action == Action::Serve);
    CPPUNIT_ASSERT_EQUAL(std::string("conf/weir.ini"), options.config);
    CPPUNIT_ASSERT(!options.quiet && options.overrides.empty());
  }

  void readsEveryLetter() {
    Options options = parsed({"-tq", "-c", "a.ini", "-p", "/x", "-e", "e.log", "-g", "daemon = on", "-g", "user = u"});
    CPPUNIT_ASSERT(options.action == Action::Test);
    CPPUNIT_ASSERT(options.quiet);
    CPPUNIT_ASSERT_EQUAL(std::string("a.ini"), options.config);
    CPPUNIT_ASSERT_EQUAL(std::string("/x"), options.prefix);
    CPPUNIT_ASSERT_EQUAL(std::string("e.log"), options.error_log);
    CPPUNIT_ASSERT(options.overrides == (std::vector<std::string>{"daemon = on", "user = u"}));
    CPPUNIT_ASSERT(parsed({"-T"}).action == Action::Dump);
    CPPUNIT_ASSERT(parsed({"-v"}).action == Action::Version);
    CPPUNIT_ASSERT(parsed({"-V"}).action == Action::Build);
    CPPUNIT_ASSERT(parsed({"-h"}).action == Action::Help);
  }

  void readsLongNames() {
    CPPUNIT_ASSERT_EQUAL(std::string("a.ini"), parsed({"--config=a.ini"}).config);
    CPPUNIT_ASSERT(parsed({"--test"}).action == Action::Test);
  }

  void knowsItsCommands() {
    for (const char* command : {"stop", "quit", "reload", "reopen", "drain", "status"}) {
      Options options = parsed({"-s", command});
      CPPUNIT_ASSERT(options.action == Action::Command);
      CPPUNIT_ASSERT_EQUAL(std::string(command), options.command);
    }
  }

  void refusesUnknownCommandAndListsTheOthers() {
    CPPUNIT_ASSERT_EQUAL(std::string("unknown -s \"upgrade\"; there are: stop, quit, reload, reopen, drain, status"),
                         refusal({"-s", "upgrade"}));
  }

  void refusesNonsense() {
    CPPUNIT_ASSERT(refusal({"-x"}).starts_with("unknown option -x"));
    CPPUNIT_ASSERT(refusal({"-txq"}).starts_with("unknown option -x"));
    CPPUNIT_ASSERT(refusal({"--nonsense"}).starts_with("unknown option --nonsense"));
    CPPUNIT_ASSERT(refusal({"-c"}).starts_with("an argument is missing after -c"));
    CPPUNIT_ASSERT(refusal({"stop"}).starts_with("unexpected argument \"stop\""));
  }

  void prefixIsCurrentFolderWithoutAnInstallation() {
    Options options = resolved({}, {"/src/weir/build/weir", "/home/me"});
    CPPUNIT_ASSERT_EQUAL(std::string("/home/me/"), options.prefix);
    CPPUNIT_ASSERT_EQUAL(std::string("/home/me/conf/weir.ini"), options.config);
    // A bin/ without a configuration beside it is no installation.
    CPPUNIT_ASSERT_EQUAL(std::string("/home/me/"), resolved({}, {folder_ + "/sbin/weir", "/home/me"}).prefix);
  }

  void prefixIsTheInstallation() {
    std::filesystem::create_directory(folder_ + "/conf");
    std::ofstream(folder_ + "/conf/weir.ini") << "\n";
    CPPUNIT_ASSERT_EQUAL(folder_ + "/", resolved({}, {folder_ + "/sbin/weir", "/home/me"}).prefix);
    CPPUNIT_ASSERT_EQUAL(std::string("/home/me/"), resolved({}, {folder_ + "/build/weir", "/home/me"}).prefix);
  }

  void givenPrefixWins() {
    CPPUNIT_ASSERT_EQUAL(std::string("/p/"), resolved({"-p", "/p"}, {folder_ + "/sbin/weir", "/home/me"}).prefix);
    CPPUNIT_ASSERT_EQUAL(std::string("/home/me/p/"), resolved({"-p", "p/"}, {"", "/home/me"}).prefix);
  }

  void pathsAreRelativeToThePrefix() {
    Options options = resolved({"-p", "/p", "-c", "a/../b.ini", "-e", "e.log"}, {"", "/home/me"});
    CPPUNIT_ASSERT_EQUAL(std::string("/p/b.ini"), options.config);
    CPPUNIT_ASSERT_EQUAL(std::string("/p/e.log"), options.error_log);
    CPPUNIT_ASSERT_EQUAL(std::string("stderr"), resolved({"-e", "stderr"}, {"", "/"}).error_log);
    CPPUNIT_ASSERT_EQUAL(std::string("/abs.ini"), resolved({"-p", "/p", "-c", "/abs.ini"}, {"", "/"}).config);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(OptionsTest);

}  // namespace weir
