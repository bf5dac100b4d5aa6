// SPDX-License-Identifier: Apache-2.0
#include "worker/http/handlers/proxy_answer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"

namespace weir {
namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class ProxyAnswerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProxyAnswerTest);
  CPPUNIT_TEST(passesRequestAndAnswer);
  CPPUNIT_TEST(reusesThePeersConnection_S25);
  CPPUNIT_TEST(extraBytesEndThePeersConnection_S25);
  CPPUNIT_TEST(aPeerThatSaysCloseIsNotReused_S25);
  CPPUNIT_TEST(aStaleConnectionIsTriedAgain_S15);
  CPPUNIT_TEST(aStaleConnectionIsFollowedByAFreshOne_S15);
  CPPUNIT_TEST(aStaleConnectionDoesNotRepeatPosts_S15);
  CPPUNIT_TEST(refusedGoesToTheNextPeer_S15);
  CPPUNIT_TEST(postsAreRepeatedWhileNothingWasSent_S15);
  CPPUNIT_TEST(theMethodThatIsSentMayBeRepeatedOrNot_S15);
  CPPUNIT_TEST(namedStatusesGoToTheNextPeer_S14);
  CPPUNIT_TEST(theLastPeersStatusIsTheAnswer_S14);
  CPPUNIT_TEST(anUnnamedStatusIsTheAnswer_S14);
  CPPUNIT_TEST(failuresBehindTheHeadAreNotHeldAgainstThePeer_S14);
  CPPUNIT_TEST(closingUnansweredIs502);
  CPPUNIT_TEST(aResetBehindTheFirstBytesIs502);
  CPPUNIT_TEST(aMalformedHeadIs502_S26);
  CPPUNIT_TEST(silenceIs504_S37);
  CPPUNIT_TEST(interimAnswersStayHere_S33);
  CPPUNIT_TEST(aClientThatLeavesTakesThePeerAlong_S36);
  CPPUNIT_TEST(aClientThatHasResetCostsNoConnection_S36);
  CPPUNIT_TEST(aClientThatLeavesMayBeIgnored_S36);
  CPPUNIT_TEST(anUpgradeBecomesARelay_S38);
  CPPUNIT_TEST(anUnaskedUpgradeIs502_S33);
  CPPUNIT_TEST(anUpgradeToH2cIs502_S38);
  CPPUNIT_TEST(aRelayHoldsNoHeadAfterAReload_S38);
  CPPUNIT_TEST(aDeclinedUpgradeIsAnAnswer_S38);
  CPPUNIT_TEST(exchangesKeepTheirConfiguration);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;
  std::optional<Backend> a_, b_;

  void proxy(const std::string& lines = "", const std::string& http_lines = "") {
    site_->serve("[location /]\nproxy_pass = http://" + a_->address() + "\n" + lines, http_lines);
  }
  void balance(const std::string& lines = "") {
    site_->load("[upstream app]\nserver = " + a_->address() + "\nserver = " + b_->address() + "\n[server main]\n" +
                ServedSite::kListen + "[location /]\nproxy_pass = http://app\n" + lines);
  }
  static std::string get(const std::string& target = "/", const std::string& fields = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
  }
  static std::string post(const std::string& body) {
    return "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  // One exchange on a connection of the client, answered by a peer that got it on this one.
  void exchange(Talk& client, Talk& peer, const std::string& target) {
    client.say(get(target));
    CPPUNIT_ASSERT(peer.hear("\r\n\r\n").starts_with("GET " + target + " HTTP/1.1\r\n"));
    peer.say(kOk);
    client.hear("\r\n\r\nok");
  }
  int64_t aborts(std::string_view side, std::string_view phase, std::string_view reason) {
    return site_->sum(Metric::HttpAbortsTotal, {side, phase, reason});
  }
  int64_t denied(std::string_view reason) {
    return site_->sum(Metric::UpstreamRetriesDeniedTotal, {a_->address(), reason});
  }
  static void same(std::string_view wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(std::string(wanted), got); }

 public:
  void setUp() override {
    site_.emplace();
    a_.emplace(site_->loop);
    b_.emplace(site_->loop);
  }
  void tearDown() override {
    a_.reset();
    b_.reset();
    site_.reset();
  }

  void passesRequestAndAnswer() {
    proxy();
    Talk client = site_->connect();
    client.say(get("/x?y", "X-Mine: 1\r\n"));
    Talk peer = a_->accept();
    std::string request = peer.hear("\r\n\r\n");
    CPPUNIT_ASSERT(request.starts_with("GET /x?y HTTP/1.1\r\n"));
    CPPUNIT_ASSERT(has(request, "\r\nX-Mine: 1\r\n"));
    peer.say("HTTP/1.1 201 Made\r\nContent-Length: 2\r\nX-Theirs: 2\r\n\r\nok");
    std::string answer = client.hear("ok");
    CPPUNIT_ASSERT(answer.starts_with("HTTP/1.1 201 Made\r\n"));
    CPPUNIT_ASSERT(has(answer, "\r\nX-Theirs: 2\r\n"));
    CPPUNIT_ASSERT(client.isSilent());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, site_->sum(Metric::UpstreamRequestsTotal, {a_->address(), a_->address(), "201"}));
  }

  void reusesThePeersConnection_S25() {
    proxy();
    Talk client = site_->connect();
    client.say(get("/0"));
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say(kOk);
    client.hear("\r\n\r\nok");
    exchange(client, peer, "/1");
    Talk other = site_->connect();
    exchange(other, peer, "/2");
    CPPUNIT_ASSERT(a_->isAlone());
  }

  void extraBytesEndThePeersConnection_S25() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say(std::string(kOk) + "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\npoisoned");
    client.hear("\r\n\r\nok");
    CPPUNIT_ASSERT(client.isSilent());
    client.say(get("/next"));
    Talk fresh = a_->accept();
    CPPUNIT_ASSERT(fresh.hear("\r\n\r\n").starts_with("GET /next "));
  }

  void aPeerThatSaysCloseIsNotReused_S25() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
    CPPUNIT_ASSERT(!has(client.hear("\r\n\r\nok"), "Connection: close"));
    same("", peer.hearAll());
  }

  void aStaleConnectionIsTriedAgain_S15() {
    proxy();
    Talk client = site_->connect();
    client.say(get("/0"));
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say(kOk);
    client.hear("\r\n\r\nok");
    client.say(get("/1"));
    peer.hear("\r\n\r\n");
    peer.close();
    Talk fresh = a_->accept();
    CPPUNIT_ASSERT(fresh.hear("\r\n\r\n").starts_with("GET /1 "));
    fresh.say(kOk);
    same("200", statusOf(client.hear("\r\n\r\nok")));
  }

  // The pool may hold more of that kind: the one free try is not for them.
  void aStaleConnectionIsFollowedByAFreshOne_S15() {
    proxy();
    Talk client = site_->connect(), other = site_->connect();
    client.say(get("/0"));
    Talk older = a_->accept();
    older.hear("\r\n\r\n");
    other.say(get("/1"));
    Talk newer = a_->accept();
    newer.hear("\r\n\r\n");
    older.say(kOk);
    client.hear("\r\n\r\nok");
    newer.say(kOk);
    other.hear("\r\n\r\nok");
    client.say(get("/2"));
    newer.hear("\r\n\r\n");
    newer.close();
    Talk fresh = a_->accept();
    CPPUNIT_ASSERT(fresh.hear("\r\n\r\n").starts_with("GET /2 "));
    CPPUNIT_ASSERT(older.isSilent());
  }

  void aStaleConnectionDoesNotRepeatPosts_S15() {
    proxy();
    Talk client = site_->connect();
    client.say(get("/0"));
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say(kOk);
    client.hear("\r\n\r\nok");
    client.say(post(""));
    peer.hear("\r\n\r\n");
    peer.close();
    same("502", statusOf(client.hear("</html>")));
    CPPUNIT_ASSERT(a_->isAlone());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, denied("non_idempotent"));
  }

  void refusedGoesToTheNextPeer_S15() {
    balance();
    a_->close();
    Talk client = site_->connect();
    for (int i = 0; i < 2; ++i) {
      client.say(get("/", "Connection: keep-alive\r\n"));
      Talk peer = b_->accept();
      peer.hear("\r\n\r\n");
      peer.say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
      same("200", statusOf(client.hear("\r\n\r\nok")));
    }
    CPPUNIT_ASSERT(site_->sum(Metric::UpstreamRetriesTotal, {"app", "connect_refused"}) >= 1);
  }

  void postsAreRepeatedWhileNothingWasSent_S15() {
    balance();
    a_->close();
    Talk client = site_->connect();
    client.say(post("body"));
    Talk peer = b_->accept();
    CPPUNIT_ASSERT(peer.hear("body").ends_with("\r\n\r\nbody"));
  }

  void theMethodThatIsSentMayBeRepeatedOrNot_S15() {
    balance("proxy_method = POST\n");
    Talk client = site_->connect();
    client.say(get());
    a_->accept().hear("\r\n\r\n");
    same("502", statusOf(client.hear("</html>")));
    CPPUNIT_ASSERT(b_->isAlone());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, site_->sum(Metric::UpstreamRetriesDeniedTotal, {"app", "non_idempotent"}));
  }

  void namedStatusesGoToTheNextPeer_S14() {
    balance("proxy_next_upstream = http_503\n");
    Talk client = site_->connect();
    client.say(get());
    Talk first = a_->accept();
    first.hear("\r\n\r\n");
    first.say("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
    Talk second = b_->accept();
    second.hear("\r\n\r\n");
    second.say(kOk);
    std::string answer = client.hear("\r\n\r\nok");
    same("200", statusOf(answer));
    CPPUNIT_ASSERT(!has(answer, "busy"));
  }

  void theLastPeersStatusIsTheAnswer_S14() {
    balance("proxy_next_upstream = http_503\n");
    Talk client = site_->connect();
    client.say(get());
    for (Backend* backend : {&*a_, &*b_}) {
      Talk peer = backend->accept();
      peer.hear("\r\n\r\n");
      peer.say("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
    }
    CPPUNIT_ASSERT(client.hear("busy").starts_with("HTTP/1.1 503 Busy\r\n"));
  }

  void anUnnamedStatusIsTheAnswer_S14() {
    balance();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy");
    same("503", statusOf(client.hear("busy")));
    CPPUNIT_ASSERT(b_->isAlone());
  }

  void failuresBehindTheHeadAreNotHeldAgainstThePeer_S14() {
    site_->load("[upstream app]\nserver = " + a_->address() + " max_fails=1\nserver = " + b_->address() +
                "\n[server main]\n" + ServedSite::kListen +
                "[location /]\nproxy_pass = http://app\nproxy_read_timeout = 30ms\n");
    Talk client = site_->connect();
    client.say(get("/0"));
    Talk first = a_->accept();
    first.hear("\r\n\r\n");
    first.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    client.hearAll();
    CPPUNIT_ASSERT_EQUAL(
        int64_t{1}, site_->sum(Metric::UpstreamResponseFailuresTotal, {"app", a_->address(), "upstream_read_timeout"}));
    for (Backend* turn : {&*b_, &*a_}) {
      Talk next = site_->connect();
      next.say(get());
      Talk peer = turn->accept();
      peer.hear("\r\n\r\n");
      peer.say(kOk);
      next.hear("\r\n\r\nok");
    }
  }

  void aResetBehindTheFirstBytesIs502() {
    for (std::string_view first : {"HTTP/1.1 2", "HTTP/1.1 103 Early\r\n\r\n"}) {
      proxy();
      Talk client = site_->connect();
      client.say(get());
      Talk peer = a_->accept();
      peer.hear("\r\n\r\n");
      peer.say(first);
      peer.reset();
      same("502", statusOf(client.hear("</html>")));
    }
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, aborts("upstream", "request", "upstream_reset"));
  }

  void closingUnansweredIs502() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    a_->accept().hear("\r\n\r\n");
    same("502", statusOf(client.hear("</html>")));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, site_->sum(Metric::UpstreamResponseFailuresTotal,
                                                {a_->address(), a_->address(), "upstream_closed"}));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, aborts("upstream", "request", "upstream_closed"));
  }

  void aMalformedHeadIs502_S26() {
    for (std::string head : {"HTTP/1.1 999999 x\r\n\r\n", "nonsense\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
      proxy();
      Talk client = site_->connect();
      client.say(get());
      Talk peer = a_->accept();
      peer.hear("\r\n\r\n");
      peer.say(head);
      same("502", statusOf(client.hear("</html>")));
    }
  }

  void silenceIs504_S37() {
    proxy("proxy_read_timeout = 30ms\n");
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    same("504", statusOf(client.hear("</html>\n")));
    same("", peer.hearAll());
    CPPUNIT_ASSERT(client.isSilent());
  }

  void interimAnswersStayHere_S33() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
    CPPUNIT_ASSERT(client.isSilent());
    peer.say(kOk);
    std::string answer = client.hear("\r\n\r\nok");
    same("200", statusOf(answer));
    CPPUNIT_ASSERT(!has(answer, "Link"));
  }

  void aClientThatLeavesTakesThePeerAlong_S36() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    client.close();
    same("", peer.hearAll());
    CPPUNIT_ASSERT(site_->listener().empty());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, aborts("client", "request", "client_aborted"));
  }

  // Its request and its reset come as one event, as in a flood of both.
  void aClientThatHasResetCostsNoConnection_S36() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    client.reset();
    site_->until([&] { return aborts("client", "request", "client_aborted") == 1; });
    CPPUNIT_ASSERT(a_->isAlone());
    CPPUNIT_ASSERT(site_->listener().empty());
  }

  void aClientThatLeavesMayBeIgnored_S36() {
    proxy("proxy_ignore_client_abort = on\n");
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    client.close();
    CPPUNIT_ASSERT(peer.isSilent());
    peer.say(kOk);
    site_->until([&] { return site_->listener().empty(); });
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, site_->sum(Metric::UpstreamRequestsTotal, {a_->address(), a_->address(), "200"}));
  }

  void anUpgradeBecomesARelay_S38() {
    proxy();
    Talk client = site_->connect();
    client.say(get("/", "Connection: upgrade\r\nUpgrade: websocket\r\n") + "early");
    Talk peer = a_->accept();
    std::string request = peer.hear("\r\n\r\n");
    CPPUNIT_ASSERT(has(request, "\r\nConnection: upgrade\r\n"));
    CPPUNIT_ASSERT(has(request, "\r\nUpgrade: websocket\r\n"));
    peer.say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nfirst");
    std::string answer = client.hear("\r\n\r\nfirst");
    same("101", statusOf(answer));
    CPPUNIT_ASSERT(has(answer, "\r\nConnection: upgrade\r\n"));
    CPPUNIT_ASSERT(has(answer, "\r\nUpgrade: websocket\r\n"));
    same("early", peer.hear("early"));
    client.say("ping");
    same("ping", peer.hear("ping"));
    peer.say("pong");
    same("pong", client.hear("pong"));
    client.close();
    same("", peer.hearAll());
    peer.close();
    site_->until([&] { return site_->listener().empty(); });
  }

  void anUnaskedUpgradeIs502_S33() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    same("502", statusOf(client.hear("</html>")));
  }

  // It was not asked on: a peer that agrees all the same answers another request than it got.
  void anUpgradeToH2cIs502_S38() {
    proxy();
    Talk client = site_->connect();
    client.say(get("/", "Connection: upgrade\r\nUpgrade: h2c\r\n"));
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n");
    same("502", statusOf(client.hear("</html>")));
  }

  void aRelayHoldsNoHeadAfterAReload_S38() {
    proxy();
    Talk client = site_->connect();
    client.say(get("/", "Connection: upgrade\r\nUpgrade: websocket\r\n"));
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    client.hear("\r\n\r\n");
    CPPUNIT_ASSERT(client.isSilent());
    CPPUNIT_ASSERT(site_->buffers.outstanding() > 0);  // its line in the log is still to be written
    proxy();
    site_->listener().releaseRuntime();
    site_->loop.turn(Milliseconds(0));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, site_->buffers.outstanding());
    client.say("ping");
    same("ping", peer.hear("ping"));
  }

  void aDeclinedUpgradeIsAnAnswer_S38() {
    proxy();
    Talk client = site_->connect();
    client.say(get("/", "Connection: upgrade\r\nUpgrade: websocket\r\n"));
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say(kOk);
    same("200", statusOf(client.hear("\r\n\r\nok")));
    exchange(client, peer, "/next");
  }

  void exchangesKeepTheirConfiguration() {
    proxy("add_header = X-From old\n");
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    proxy("add_header = X-From new\n");
    peer.say(kOk);
    CPPUNIT_ASSERT(has(client.hear("\r\n\r\nok"), "\r\nX-From: old\r\n"));
    client.say(get());
    peer.hear("\r\n\r\n");
    peer.say(kOk);
    CPPUNIT_ASSERT(has(client.hear("\r\n\r\nok"), "\r\nX-From: new\r\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProxyAnswerTest);

}  // namespace
}  // namespace weir
