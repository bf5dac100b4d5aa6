// SPDX-License-Identifier: Apache-2.0
#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"

namespace weir {
namespace {

class ReturnTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReturnTest);
  CPPUNIT_TEST(aTextWithTheDefaultType);
  CPPUNIT_TEST(aTextWithVariables);
  CPPUNIT_TEST(anErrorWithoutATextIsThePage);
  CPPUNIT_TEST(anEmptySuccessIsEmpty);
  CPPUNIT_TEST(noContentHasNoBody_S34);
  CPPUNIT_TEST(redirects);
  CPPUNIT_TEST(absoluteRedirectsNameTheHost);
  CPPUNIT_TEST(absoluteRedirectsFollowTheAbsoluteForm);
  CPPUNIT_TEST(ofAServerBeforeItsLocations);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;

  std::string returned(const std::string& what, const std::string& more = "") {
    site_->serve("[location /]\nreturn = " + what + "\n" + more);
    return site_->get("/x?y=z");
  }
  static void same(std::string_view wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(std::string(wanted), got); }

 public:
  void setUp() override { site_.emplace(); }
  void tearDown() override { site_.reset(); }

  void aTextWithTheDefaultType() {
    std::string answer = returned("200 hello", "default_type = text/x-mine\n");
    same("200", statusOf(answer));
    same("hello", bodyOf(answer));
    CPPUNIT_ASSERT(has(answer, "\r\nContent-Type: text/x-mine\r\n"));
  }

  void aTextWithVariables() {
    std::string answer = returned("404 \"$request_method $uri $arg_y\"");
    same("404", statusOf(answer));
    same("GET /x z", bodyOf(answer));
  }

  void anErrorWithoutATextIsThePage() {
    std::string answer = returned("403");
    same("403", statusOf(answer));
    CPPUNIT_ASSERT(has(bodyOf(answer), "<h1>403 Forbidden</h1>"));
  }

  void anEmptySuccessIsEmpty() {
    std::string answer = returned("200");
    same("", bodyOf(answer));
    CPPUNIT_ASSERT(has(answer, "\r\nContent-Length: 0\r\n"));
    CPPUNIT_ASSERT(!has(answer, "Content-Type"));
  }

  void noContentHasNoBody_S34() {
    std::string answer = returned("204");
    same("204", statusOf(answer));
    same("", bodyOf(answer));
    CPPUNIT_ASSERT(!has(answer, "Content-Length"));
  }

  void redirects() {
    for (std::string code : {"301", "302", "303", "307", "308"}) {
      std::string answer = returned(code + " /to$request_uri");
      same(code, statusOf(answer));
      CPPUNIT_ASSERT(has(answer, "\r\nLocation: /to/x?y=z\r\n"));
      CPPUNIT_ASSERT(has(bodyOf(answer), "<h1>" + code));
    }
  }

  void absoluteRedirectsNameTheHost() {
    std::string lines = "absolute_redirect = on\n";
    CPPUNIT_ASSERT(has(returned("301 /to", lines), "\r\nLocation: http://h/to\r\n"));
    CPPUNIT_ASSERT(has(returned("301 https://other/to", lines), "\r\nLocation: https://other/to\r\n"));
  }

  // RFC 9112 3.2.2: the target's authority wins over the field.
  void absoluteRedirectsFollowTheAbsoluteForm() {
    site_->serve("[location /]\nreturn = 301 /to\nabsolute_redirect = on\n");
    std::string answer = site_->ask("GET http://real:81/x HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n");
    CPPUNIT_ASSERT(has(answer, "\r\nLocation: http://real:81/to\r\n"));
  }

  void ofAServerBeforeItsLocations() {
    site_->load(std::string("[server main]\n") + ServedSite::kListen +
                "return = 301 https://$host$request_uri\n[location /x]\nreturn = 200 never\n");
    std::string answer = site_->get("/x");
    same("301", statusOf(answer));
    CPPUNIT_ASSERT(has(answer, "\r\nLocation: https://h/x\r\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReturnTest);

}  // namespace
}  // namespace weir
