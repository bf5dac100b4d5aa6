// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"

namespace weir {
namespace {

class AddHeaderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AddHeaderTest);
  CPPUNIT_TEST(onlyToGoodStatuses);
  CPPUNIT_TEST(alwaysMeansAlways);
  CPPUNIT_TEST(anEmptyValueIsNoField);
  CPPUNIT_TEST(aNameMayStandTwice);
  CPPUNIT_TEST(refusedRequestsGetThemToo);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;

  std::string answer(const std::string& status, const std::string& lines) {
    site_->serve("[location /]\nreturn = " + status + "\n" + lines);
    return site_->get("/x");
  }

 public:
  void setUp() override { site_.emplace(); }
  void tearDown() override { site_.reset(); }

  void onlyToGoodStatuses() {
    for (std::string good : {"200 x", "201 x", "204", "206 x", "301 /", "302 /", "303 /", "304", "307 /", "308 /"})
      CPPUNIT_ASSERT_MESSAGE(good, has(answer(good, "add_header = X-It $uri\n"), "\r\nX-It: /x\r\n"));
    for (std::string bad : {"400 x", "404 x", "500 x", "202 x"})
      CPPUNIT_ASSERT_MESSAGE(bad, !has(answer(bad, "add_header = X-It $uri\n"), "X-It"));
  }

  void alwaysMeansAlways() {
    CPPUNIT_ASSERT(has(answer("500 x", "add_header = X-It $status always\n"), "\r\nX-It: 500\r\n"));
  }

  void anEmptyValueIsNoField() {
    std::string text = answer("200 x", "add_header = X-None $arg_none\nadd_header = X-It 1\n");
    CPPUNIT_ASSERT(!has(text, "X-None"));
    CPPUNIT_ASSERT(has(text, "\r\nX-It: 1\r\n"));
  }

  void aNameMayStandTwice() {
    CPPUNIT_ASSERT(has(answer("200 x", "add_header = X-It 1\nadd_header = X-It 2\n"), "\r\nX-It: 1\r\nX-It: 2\r\n"));
  }

  void refusedRequestsGetThemToo() {
    site_->serve("[location /]\nreturn = 200 x\n", "add_header = X-It refused always\n");
    CPPUNIT_ASSERT(has(site_->ask("nonsense\r\n\r\n"), "\r\nX-It: refused\r\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AddHeaderTest);

}  // namespace
}  // namespace weir
