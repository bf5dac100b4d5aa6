// SPDX-License-Identifier: Apache-2.0
#include "shared/config/bundle.h"

#include <cppunit/extensions/HelperMacros.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace weir {
namespace {

class BundleTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BundleTest);
  CPPUNIT_TEST(readsAllThatIsIncluded);
  CPPUNIT_TEST(needsNoDiskOnceRead);
  CPPUNIT_TEST(whatCannotBeReadIsSaidOnce);
  CPPUNIT_TEST(aPipeIsNotWaitedFor);
  CPPUNIT_TEST(aMissingMainFileIsNamed);
  CPPUNIT_TEST(pathsAreRelativeToThePrefix);
  CPPUNIT_TEST(survivesSerialization);
  CPPUNIT_TEST(refusesEveryTruncation);
  CPPUNIT_TEST(refusesLengthsThatLie);
  CPPUNIT_TEST_SUITE_END();

  std::filesystem::path root_;
  Diagnostics diagnostics_;

  void write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }

  Bundle read(const std::string& main = "conf/weir.ini") {
    return readConfiguration(main, root_.string(), {"daemon = off"}, diagnostics_).bundle;
  }

  static std::string explained(const Bundle& bundle) {
    Diagnostics diagnostics;
    return explainBundle(bundle, diagnostics);
  }

 public:
  void setUp() override {
    char name[] = "/tmp/weir-bundle-test-XXXXXX";
    CPPUNIT_ASSERT(mkdtemp(name) != nullptr);
    root_ = name;
    diagnostics_ = {};
    write("conf/weir.ini", "[http]\nmax_headers = 7\ninclude = sites/*.ini\n");
    write("conf/sites/b.ini", "[server b]\nlisten = 2\n");
    write("conf/sites/a.ini", "[server a]\nlisten = 1\n");
  }

  void tearDown() override { std::filesystem::remove_all(root_); }

  void readsAllThatIsIncluded() {
    auto bundle = read();
    CPPUNIT_ASSERT_EQUAL(size_t{3}, bundle.files.size());
    CPPUNIT_ASSERT_EQUAL(size_t{1}, bundle.globs.size());
    auto settings = parseBundle(bundle, diagnostics_);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics_.formatAll());
    CPPUNIT_ASSERT_EQUAL(std::string("a"), settings->servers.at(0).name);
    CPPUNIT_ASSERT_EQUAL(std::string("b"), settings->servers.at(1).name);
    CPPUNIT_ASSERT_EQUAL(bundle.prefix, settings->prefix);
  }

  void needsNoDiskOnceRead() {
    auto bundle = read();
    auto before = explained(bundle);
    std::filesystem::remove_all(root_);
    CPPUNIT_ASSERT_EQUAL(before, explained(bundle));
  }

  void whatCannotBeReadIsSaidOnce() {
    write("conf/weir.ini", "include = none.ini\ninclude = sites\nfoo\n");
    auto bundle = read();
    parseBundle(bundle, diagnostics_);
    CPPUNIT_ASSERT_EQUAL(std::string("conf/weir.ini:1: cannot read conf/none.ini: No such file or directory\n"
                                     "conf/weir.ini:2: cannot read conf/sites: Is a directory\n"
                                     "conf/weir.ini:3: \"foo\" is not \"name = value\"\n"),
                         diagnostics_.formatAll());
  }

  void aPipeIsNotWaitedFor() {
    write("conf/weir.ini", "include = pipe\n");
    CPPUNIT_ASSERT_EQUAL(0, ::mkfifo((root_ / "conf/pipe").c_str(), 0600));
    parseBundle(read(), diagnostics_);
    CPPUNIT_ASSERT_EQUAL(std::string("conf/weir.ini:1: cannot read conf/pipe: it is not a file\n"),
                         diagnostics_.formatAll());
  }

  void aMissingMainFileIsNamed() {
    parseBundle(read("conf/none.ini"), diagnostics_);
    CPPUNIT_ASSERT_EQUAL(std::string("cannot read conf/none.ini: No such file or directory\n"),
                         diagnostics_.formatAll());
    diagnostics_ = {};
    read("/none/weir.ini");
    CPPUNIT_ASSERT_EQUAL(std::string("cannot read /none/weir.ini: No such file or directory\n"),
                         diagnostics_.formatAll());
  }

  void pathsAreRelativeToThePrefix() {
    auto bundle = read();
    CPPUNIT_ASSERT_EQUAL(root_.string() + "/", bundle.prefix);
    CPPUNIT_ASSERT_EQUAL(root_.string() + "/conf/weir.ini", bundle.main_path);
    CPPUNIT_ASSERT_EQUAL(root_.string() + "/logs/weir.pid", parseBundle(bundle, diagnostics_)->main.pid.value);
  }

  void survivesSerialization() {
    auto bundle = read();
    bundle.generation = 42;
    bundle.files[0].error = "some error";
    auto bytes = bundle.serialize();
    auto again = Bundle::deserialize(bytes);
    CPPUNIT_ASSERT(again);
    CPPUNIT_ASSERT_EQUAL(bytes, again->serialize());
    CPPUNIT_ASSERT_EQUAL(uint64_t{42}, again->generation);
    CPPUNIT_ASSERT_EQUAL(bundle.as_root, again->as_root);
    CPPUNIT_ASSERT_EQUAL(std::string("daemon = off"), again->overrides.at(0));
    CPPUNIT_ASSERT_EQUAL(explained(bundle), explained(*again));
  }

  void refusesEveryTruncation() {
    auto bytes = read().serialize();
    for (size_t size = 0; size < bytes.size(); ++size)
      CPPUNIT_ASSERT(!Bundle::deserialize(std::string_view(bytes).substr(0, size)));
    CPPUNIT_ASSERT(!Bundle::deserialize(bytes + "x"));
  }

  // Each eight bytes that may be a length, made huge: refused or read as something else, never believed.
  void refusesLengthsThatLie() {
    auto bytes = read().serialize();
    for (size_t at = 0; at + 8 <= bytes.size(); ++at) {
      auto changed = bytes;
      uint64_t huge = UINT64_MAX - at;
      std::memcpy(changed.data() + at, &huge, sizeof huge);
      if (auto bundle = Bundle::deserialize(changed)) CPPUNIT_ASSERT_EQUAL(changed.size(), bundle->serialize().size());
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BundleTest);

}  // namespace
}  // namespace weir
