// SPDX-License-Identifier: Apache-2.0
#include "worker/http/exchange.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_exchange.h"
#include "tests/unit/worker/http/served_site.h"

namespace weir {

class ExchangeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ExchangeTest);
  CPPUNIT_TEST(findsServerAndRoute);
  CPPUNIT_TEST(aPathThatLeavesTheRootIs400_S43);
  CPPUNIT_TEST(theAuthorityOfTheTargetWins_S26);
  CPPUNIT_TEST(fieldsAreFoundByName);
  CPPUNIT_TEST(tunnelsAndTracesAreRefused);
  CPPUNIT_TEST(noHandlerIs404);
  CPPUNIT_TEST(internalLocationsAreNotThere);
  CPPUNIT_TEST(aDirectoryGetsItsSlash);
  CPPUNIT_TEST(announcedBodiesAreChecked_S31);
  CPPUNIT_TEST(failingAnswersTheRowsStatus);
  CPPUNIT_TEST(failingForgetsAddedFields);
  CPPUNIT_TEST(failingAfterTheHeadAborts);
  CPPUNIT_TEST(aRequestIdIsMadeOnce);
  CPPUNIT_TEST(endingMakesItReadyForTheNext);
  CPPUNIT_TEST(endingCounts);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedExchange> served_;

  Exchange& exchange() { return served_->exchange; }
  void get(const std::string& target, const std::string& fields = "") {
    served_->serve("GET " + target + " HTTP/1.1\r\nHost: WWW.Example.com:8080\r\n" + fields + "\r\n");
  }
  static void same(std::string_view wanted, std::string_view got) {
    CPPUNIT_ASSERT_EQUAL(std::string(wanted), std::string(got));
  }
  void answered(int status) { CPPUNIT_ASSERT_EQUAL(status, static_cast<int>(exchange().status())); }

 public:
  void setUp() override { served_.emplace(); }
  void tearDown() override { served_.reset(); }

  void findsServerAndRoute() {
    served_->addLocation(LocationSettings::Match::Prefix, "/a/");
    get("/a/%62//../c?x=%20");
    same("main", exchange().server()->name());
    same("/a/", exchange().route()->name());
    same("www.example.com", exchange().host());
    same("/a/c", exchange().path());
    same("x=%20", exchange().args());
    same("/a/%62//../c?x=%20", exchange().target());
    same("192.0.2.7", exchange().clientText());
  }

  void aPathThatLeavesTheRootIs400_S43() {
    for (std::string target : {"/../x", "/a/%2e%2e/%2e%2e/x", "/%00", "/%zz"}) {
      served_.emplace();
      get(target);
      answered(400);
    }
  }

  void theAuthorityOfTheTargetWins_S26() {
    get("http://Other.example:81/x");
    same("other.example", exchange().host());
    same("/x", exchange().path());
  }

  void fieldsAreFoundByName() {
    get("/", "X-Mine: 1\r\nx-mine: 2\r\nX_Under: 3\r\nUser-Agent: me\r\n");
    same("1", exchange().requestField("x-MINE").value());
    same("me", exchange().requestField(HeaderId::UserAgent).value());
    CPPUNIT_ASSERT(!exchange().requestField("X_Under"));
    CPPUNIT_ASSERT(!exchange().requestField("X-Min"));
    CPPUNIT_ASSERT(!exchange().requestField(HeaderId::Cookie));
  }

  void tunnelsAndTracesAreRefused() {
    for (std::string line : {"CONNECT h:443", "TRACE /"}) {
      served_.emplace();
      served_->server.http.proxy_pass.text = "http://app";
      served_->serve(line + " HTTP/1.1\r\nHost: h:443\r\n\r\n");
      answered(405);
      CPPUNIT_ASSERT(exchange().failure().cause == Cause::MethodNotAllowed);
    }
  }

  void noHandlerIs404() {
    get("/");
    answered(404);
    CPPUNIT_ASSERT(exchange().failure().cause == Cause::NoHandler);
  }

  void internalLocationsAreNotThere() {
    LocationSettings& location = served_->addLocation(LocationSettings::Match::Prefix, "/in/");
    location.internal = true;
    location.http.return_ = {200, {"secret", {}}};
    get("/in/x");
    answered(404);
  }

  void aDirectoryGetsItsSlash() {
    LocationSettings& location = served_->addLocation(LocationSettings::Match::Prefix, "/a b/");
    location.http.proxy_pass.text = "http://app";
    get("/a%20b?x=%20");
    answered(301);
    same("/a%20b/?x=%20", exchange().sentField("location").value());
  }

  void announcedBodiesAreChecked_S31() {
    LocationSettings& location = served_->addLocation(LocationSettings::Match::Prefix, "/");
    location.http.return_ = {200, {"ok", {}}};
    location.http.client_max_body_size = {10};
    get("/", "Content-Length: 10\r\n");
    answered(200);
    served_->exchange.end();
    served_->serve("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
    answered(413);
  }

  void failingAnswersTheRowsStatus() {
    served_->serve("nonsense\r\n\r\n");
    answered(400);
    exchange().step();
    CPPUNIT_ASSERT(exchange().finished());
  }

  void failingForgetsAddedFields() {
    LocationSettings& location = served_->addLocation(LocationSettings::Match::Prefix, "/");
    location.http.access.push_back({false, *Network::parse("0.0.0.0/0")});
    get("/");
    answered(403);
    CPPUNIT_ASSERT(exchange().addedFields().empty());
  }

  void failingAfterTheHeadAborts() {
    get("/");
    CPPUNIT_ASSERT(exchange().headSent());
    exchange().fail({Cause::UpstreamTruncated});
    CPPUNIT_ASSERT(exchange().aborted());
    answered(404);
  }

  void aRequestIdIsMadeOnce() {
    get("/");
    std::string id(exchange().requestId());
    CPPUNIT_ASSERT_EQUAL(size_t{32}, id.size());
    CPPUNIT_ASSERT(id.find_first_not_of("0123456789abcdef") == std::string::npos);
    same(id, exchange().requestId());
    exchange().end();
    get("/");
    CPPUNIT_ASSERT(id != exchange().requestId());
  }

  void endingMakesItReadyForTheNext() {
    get("/");
    exchange().step();
    CPPUNIT_ASSERT(exchange().finished());
    exchange().end();
    CPPUNIT_ASSERT(!exchange().dispatched());
    CPPUNIT_ASSERT(!exchange().headSent());
    CPPUNIT_ASSERT(!exchange().finished());
    answered(0);
    CPPUNIT_ASSERT(!exchange().failure());
  }

  void endingCounts() {
    ServedSite site;
    site.serve("[location /a]\nreturn = 200 hello\n");
    site.get("/a");
    site.get("/nowhere");
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, site.sum(Metric::HttpRequestsTotal, {"main", "/a", "GET", "200", "h1"}));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, site.sum(Metric::HttpRequestsTotal, {"main", "_", "GET", "404", "h1"}));
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, site.sum(Metric::HttpRequestsInFlight, {"main"}));
    CPPUNIT_ASSERT(site.sum(Metric::HttpResponseBytesTotal, {"main"}) > 100);
    CPPUNIT_ASSERT(site.sum(Metric::HttpRequestBytesTotal, {"main"}) > 80);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExchangeTest);

}  // namespace weir
