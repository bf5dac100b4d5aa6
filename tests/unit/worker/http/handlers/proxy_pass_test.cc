// SPDX-License-Identifier: Apache-2.0
// S-30: what becomes of the target.
#include "worker/http/handlers/proxy_pass.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_exchange.h"

namespace weir {
namespace {

using Match = LocationSettings::Match;

class ProxyPassTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProxyPassTest);
  CPPUNIT_TEST(withoutAUriBytesStay_S30);
  CPPUNIT_TEST(withAUriThePrefixIsReplaced_S30);
  CPPUNIT_TEST(replacedPathsAreEscapedAgain_S30);
  CPPUNIT_TEST(variablesAreTakenLiterally_S30);
  CPPUNIT_TEST(absoluteTargetsLoseTheirAuthority);
  CPPUNIT_TEST(asteriskStays);
  CPPUNIT_TEST(theHostIsAsWritten);
  CPPUNIT_TEST(theHostOfVariablesIsTheirValue);
  CPPUNIT_TEST(theUrlIsThePeersOwn);
  CPPUNIT_TEST(unixSockets);
  CPPUNIT_TEST(tlsHasItsOwnPort);
  CPPUNIT_TEST(wrongUrlsAreErrors);
  CPPUNIT_TEST(aUriCannotReplaceARegex);
  CPPUNIT_TEST(anAddressImpliesAnUpstream);
  CPPUNIT_TEST_SUITE_END();

  // An exchange that lives as long as its views are used.
  std::optional<ServedExchange> served_;
  Settings settings_;
  Diagnostics diagnostics_;
  LocationSettings location_;
  std::vector<UpstreamSettings> implied_;

  std::optional<ProxyPass> compile(const std::string& url, const std::string& prefix, Match match = Match::Prefix) {
    location_ = {};
    location_.match = match;
    location_.pattern = prefix;
    location_.http.proxy_pass.text = url;
    CompileContext context(settings_, diagnostics_, nullptr, nullptr);
    auto pass = ProxyPass::compile(location_, context);
    implied_ = context.upstreams.takeImplied();
    return pass;
  }
  std::string target(const std::string& url, const std::string& prefix, const std::string& asked,
                     const std::string& method = "GET") {
    auto pass = compile(url, prefix);
    CPPUNIT_ASSERT(pass);
    served_.emplace();
    served_->serve(method + " " + asked + " HTTP/1.1\r\nHost: h\r\n\r\n");
    pass->evaluate(served_->exchange);
    std::string to;
    pass->appendTarget(served_->exchange, to);
    return to;
  }
  std::string complaint(const std::string& url, Match match = Match::Prefix) {
    diagnostics_ = {};
    CPPUNIT_ASSERT(!compile(url, "/a/", match));
    return diagnostics_.formatAll();
  }
  static void same(std::string_view wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(std::string(wanted), got); }

 public:
  void tearDown() override { served_.reset(); }

  void withoutAUriBytesStay_S30() {
    for (std::string raw : {"/", "/a%2Fb//c/../d?x=%20y", "/%61?"}) same(raw, target("http://app", "/", raw));
    CPPUNIT_ASSERT(compile("http://app", "/")->passesTarget());
  }

  void withAUriThePrefixIsReplaced_S30() {
    struct Row {
      std::string url, prefix, asked, wanted;
    };
    for (const Row& row :
         {Row{"http://app/", "/api/", "/api/x?y=z", "/x?y=z"}, Row{"http://app/v2/", "/api/", "/api/x", "/v2/x"},
          Row{"http://app/v2", "/api", "/api/x", "/v2/x"}, Row{"http://app/v2", "/api/", "/api/x", "/v2x"},
          Row{"http://app/", "/api", "/api/x", "//x"}, Row{"http://app/v2/", "/api/", "/api/./x/../y", "/v2/y"},
          Row{"http://app/other", "/one", "/one?a=b", "/other?a=b"}, Row{"http://app/v2/", "/api/", "/api/", "/v2/"}})
      same(row.wanted, target(row.url, row.prefix, row.asked));
    CPPUNIT_ASSERT(!compile("http://app/", "/")->passesTarget());
  }

  void replacedPathsAreEscapedAgain_S30() {
    same("/v2/a%20b", target("http://app/v2/", "/api/", "/api/a%20b"));
    same("/v2/a%3Fb", target("http://app/v2/", "/api/", "/api/a%3Fb"));
    same("/v2/a%25b", target("http://app/v2/", "/api/", "/api/a%25b"));
  }

  void variablesAreTakenLiterally_S30() {
    same("/fixed?was=1", target("http://app/fixed?was=$arg_a", "/v/", "/v/x?a=1"));
    same("/v/x?a=1", target("http://$arg_a", "/v/", "/v/x?a=1"));
    CPPUNIT_ASSERT(!compile("http://$host", "/")->passesTarget());
  }

  void absoluteTargetsLoseTheirAuthority() {
    same("/a?b", target("http://app", "/", "http://h/a?b"));
    same("/?b", target("http://app", "/", "http://h?b"));
    same("/", target("http://app", "/", "http://h"));
  }

  void asteriskStays() { same("*", target("http://app", "/", "*", "OPTIONS")); }

  void theHostIsAsWritten() {
    same("app", std::string(compile("http://app", "/")->host()));
    same("app:8080", std::string(compile("http://app:8080/x", "/")->host()));
    same("127.0.0.1", std::string(compile("http://127.0.0.1:80/", "/")->host()));
    same("[::1]:8081", std::string(compile("http://[::1]:8081", "/")->host()));
  }

  void theHostOfVariablesIsTheirValue() {
    auto host = [&](const std::string& url) {
      auto pass = compile(url, "/");
      served_.emplace();
      served_->serve("GET /?p=8081&s=https&w=443&u=unix:/run/a HTTP/1.1\r\nHost: h\r\n\r\n");
      pass->evaluate(served_->exchange);
      return std::string(pass->host(served_->exchange));
    };
    same("127.0.0.1:8081", host("http://127.0.0.1:$arg_p"));
    same("127.0.0.1:8081", host("$arg_s://127.0.0.1:$arg_p/x"));
    same("127.0.0.1", host("https://127.0.0.1:$arg_w"));
    same("localhost", host("http://$arg_u"));
    same("", host("$arg_none://$arg_p"));
    same("app:8080", host("http://app:8080/"));
  }

  void theUrlIsThePeersOwn() {
    same("http://app/", compile("http://app", "/a/")->url());
    same("http://app/base", compile("http://app/base", "/a/")->url());
    same("", compile("http://$host", "/a/")->url());
  }

  void unixSockets() {
    same("localhost", std::string(compile("http://unix:/run/a.sock", "/")->host()));
    same("/a/x", target("http://unix:/run/a.sock", "/a/", "/a/x"));
    same("/b/x", target("http://unix:/run/a.sock:/b/", "/a/", "/a/x"));
  }

  void tlsHasItsOwnPort() {
    auto pass = compile("https://127.0.0.1/x", "/");
    CPPUNIT_ASSERT(pass && pass->mayUseTls());
    same("127.0.0.1:443", implied_.at(0).servers.at(0).host);
    same("127.0.0.1", std::string(pass->host()));
    same("https://127.0.0.1/x", pass->url());
    compile("https://[::1]", "/");
    same("[::1]:443", implied_.at(0).servers.at(0).host);
    same("app.test:8443", std::string(compile("https://app.test:8443", "/")->host()));
    CPPUNIT_ASSERT(!compile("http://app", "/")->mayUseTls());
    // With variables they say.
    CPPUNIT_ASSERT(compile("$scheme://app", "/")->mayUseTls());
    CPPUNIT_ASSERT(!compile("http://$host", "/")->mayUseTls());
  }

  void wrongUrlsAreErrors() {
    CPPUNIT_ASSERT(complaint("app").find("is no URL") != std::string::npos);
    CPPUNIT_ASSERT(complaint("http://").find("is no URL") != std::string::npos);
    CPPUNIT_ASSERT(complaint("http:///x").find("is no URL") != std::string::npos);
    CPPUNIT_ASSERT(complaint("ftp://app").find("is no URL") != std::string::npos);
  }

  void aUriCannotReplaceARegex() {
    CPPUNIT_ASSERT(complaint("http://app/x", Match::Regex).find("cannot replace") != std::string::npos);
    CPPUNIT_ASSERT(complaint("http://app/", Match::Named).find("cannot replace") != std::string::npos);
    CPPUNIT_ASSERT(compile("http://app", "/a", Match::Regex));
    CPPUNIT_ASSERT(compile("http://app/x", "/a", Match::Exact));
  }

  void anAddressImpliesAnUpstream() {
    CPPUNIT_ASSERT(compile("http://127.0.0.1:8081/x", "/"));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, implied_.size());
    same("127.0.0.1:8081", implied_[0].servers.at(0).host);
    settings_.upstreams.emplace_back().name = "app";
    CPPUNIT_ASSERT(compile("http://app", "/"));
    CPPUNIT_ASSERT(implied_.empty());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProxyPassTest);

}  // namespace
}  // namespace weir
