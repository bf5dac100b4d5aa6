// SPDX-License-Identifier: Apache-2.0
#include "worker/http/default_page.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "shared/base/version.h"
#include "tests/unit/worker/http/served_site.h"

namespace weir {

class DefaultPageTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DefaultPageTest);
  CPPUNIT_TEST(saysTheStatus);
  CPPUNIT_TEST(saysWhoOnlyWhereAsked);
  CPPUNIT_TEST(unknownStatusesAreUnknown);
  CPPUNIT_TEST(hasNoBodyWhereNoneMayBe_S34);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;

  std::string page(const std::string& status, const std::string& tokens = "off") {
    site_->serve("[location /]\nreturn = " + status + "\n", "server_tokens = " + tokens + "\n");
    return site_->get("/");
  }

 public:
  void setUp() override { site_.emplace(); }
  void tearDown() override { site_.reset(); }

  void saysTheStatus() {
    std::string answer = page("404");
    CPPUNIT_ASSERT(has(answer, "\r\nContent-Type: text/html\r\n"));
    CPPUNIT_ASSERT(has(bodyOf(answer), "<title>404 Not Found</title>"));
    CPPUNIT_ASSERT(has(bodyOf(answer), "<h1>404 Not Found</h1>"));
  }

  void saysWhoOnlyWhereAsked() {
    std::string version(kVersion);
    CPPUNIT_ASSERT(!has(page("404"), version));
    CPPUNIT_ASSERT(has(page("404", "on"), "<center>weir/" + version + "</center>"));
    CPPUNIT_ASSERT(has(page("404", "on"), "\r\nServer: weir/" + version + "\r\n"));
  }

  void unknownStatusesAreUnknown() { CPPUNIT_ASSERT(has(page("599"), "<h1>599 Unknown</h1>")); }

  void hasNoBodyWhereNoneMayBe_S34() {
    for (std::string status : {"304", "204"}) {
      std::string answer = page(status);
      CPPUNIT_ASSERT_EQUAL(status, statusOf(answer));
      CPPUNIT_ASSERT_EQUAL(std::string(), bodyOf(answer));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DefaultPageTest);

}  // namespace weir
