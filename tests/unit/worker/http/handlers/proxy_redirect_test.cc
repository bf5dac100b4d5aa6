// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/proxy_redirect.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_exchange.h"
#include "worker/http/handlers/proxy_pass.h"

namespace weir {
namespace {

using Kind = RedirectRule::Kind;

class ProxyRedirectTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProxyRedirectTest);
  CPPUNIT_TEST(theDefaultMapsThePeersUrlToThePrefix);
  CPPUNIT_TEST(theDefaultWithoutAUriMapsToTheRoot);
  CPPUNIT_TEST(theDefaultNeedsAFixedUrl);
  CPPUNIT_TEST(rulesApplyInOrder);
  CPPUNIT_TEST(rulesMayHoldVariables);
  CPPUNIT_TEST(theUrlOfARefreshIsRewritten);
  CPPUNIT_TEST(offMeansNone);
  CPPUNIT_TEST(whatMatchesNothingIsLeftAlone);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedExchange> served_;
  LocationSettings location_;

  void rule(Kind kind, std::string from = "", std::string to = "") {
    location_.http.proxy_redirect.push_back({kind, {from, {}}, {to, {}}});
  }
  // "-" where no rule applies.
  std::string rewritten(const std::string& value) { return rewrittenBy(&ProxyRedirect::rewrite, value); }
  std::string refresh(const std::string& value) { return rewrittenBy(&ProxyRedirect::rewriteRefresh, value); }
  std::string rewrittenBy(decltype(&ProxyRedirect::rewrite) rewrite, const std::string& value) {
    Diagnostics diagnostics;
    CompileContext context(served_->settings, diagnostics, nullptr, nullptr);
    auto pass = ProxyPass::compile(location_, context);
    ProxyRedirect redirect(location_, *pass, context);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.formatAll());
    std::string to = "kept ";
    bool applied = (redirect.*rewrite)(served_->exchange, value, to);
    CPPUNIT_ASSERT(to.starts_with("kept "));
    if (!applied) CPPUNIT_ASSERT_EQUAL(std::string("kept "), to);
    return applied ? to.substr(5) : "-";
  }
  static void same(std::string wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(wanted, got); }

 public:
  void setUp() override {
    served_.emplace();
    served_->serve("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
    location_ = {};
    location_.pattern = "/api/";
    location_.http.proxy_pass.text = "http://app:8080/v2/";
  }
  void tearDown() override { served_.reset(); }

  void theDefaultMapsThePeersUrlToThePrefix() {
    rule(Kind::Default);
    same("/api/x?y", rewritten("http://app:8080/v2/x?y"));
    same("-", rewritten("http://app:8080/v3/x"));
    same("-", rewritten("http://other/v2/x"));
  }

  void theDefaultWithoutAUriMapsToTheRoot() {
    location_.http.proxy_pass.text = "http://app:8080";
    rule(Kind::Default);
    same("/api/x", rewritten("http://app:8080/api/x"));
    same("/", rewritten("http://app:8080/"));
  }

  void theDefaultNeedsAFixedUrl() {
    location_.http.proxy_pass.text = "http://$host/";
    rule(Kind::Default);
    same("-", rewritten("http://h/x"));
  }

  void rulesApplyInOrder() {
    rule(Kind::Replace, "http://a/", "/one/");
    rule(Kind::Replace, "http://a/b/", "/two/");
    rule(Kind::Replace, "/", "/three/");
    same("/one/b/c", rewritten("http://a/b/c"));
    same("/three/c", rewritten("/c"));
  }

  void rulesMayHoldVariables() {
    rule(Kind::Replace, "http://$host:81/", "https://$host$uri/");
    same("https://h/x/y", rewritten("http://h:81/y"));
    same("-", rewritten("http://g:81/y"));
  }

  void theUrlOfARefreshIsRewritten() {
    rule(Kind::Default);
    same("5; url=/api/next", refresh("5; url=http://app:8080/v2/next"));
    same("0;URL=/api/", refresh("0;URL=http://app:8080/v2/"));
    for (const char* other : {"5", "5; url=", "5; url=http://other/v2/", "5; http://app:8080/v2/", ""})
      same("-", refresh(other));
  }

  void offMeansNone() {
    rule(Kind::Default);
    rule(Kind::Off);
    same("-", rewritten("http://app:8080/v2/x"));
  }

  void whatMatchesNothingIsLeftAlone() {
    same("-", rewritten("http://app:8080/v2/x"));
    rule(Kind::Default);
    same("-", rewritten(""));
    same("-", rewritten("http://app:8080/v2"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProxyRedirectTest);

}  // namespace
}  // namespace weir
