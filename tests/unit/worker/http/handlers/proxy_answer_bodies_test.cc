// SPDX-License-Identifier: Apache-2.0
// Bodies in both directions; heads and tries are proxy_answer_test.cc's.
#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "tests/unit/worker/http/served_site.h"
#include "worker/http/handlers/proxy_answer.h"

namespace weir {
namespace {

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class ProxyAnswerBodiesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ProxyAnswerBodiesTest);
  CPPUNIT_TEST(chunksPassAsTheyCome);
  CPPUNIT_TEST(bodiesUntilCloseBecomeChunked);
  CPPUNIT_TEST(aTruncatedBodyEndsTheConnection);
  CPPUNIT_TEST(aMalformedBodyEndsTheConnection);
  CPPUNIT_TEST(headKeepsTheLength_S34);
  CPPUNIT_TEST(largeBodiesPass);
  CPPUNIT_TEST(requestBodiesAreStreamed);
  CPPUNIT_TEST(aChunkedRequestStaysChunked);
  CPPUNIT_TEST(continueIsSaidByWeir_S32);
  CPPUNIT_TEST(aChunkedBodyPastTheLimitIs413_S31);
  CPPUNIT_TEST(anEarlyAnswerEndsTheRequest);
  CPPUNIT_TEST(anAnswerThatBeganDoesNotWaitForTheBody);
  CPPUNIT_TEST(aResetBehindABodyIsSeenAtOnce);
  CPPUNIT_TEST(aClientThatResetsAfterItsBodyHasLeft_S36);
  CPPUNIT_TEST(anAnswerIsFramedByTheMethodThatWasSent);
  CPPUNIT_TEST(aSentHeadIsAnsweredWithoutABody);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;
  std::optional<Backend> a_;

  void proxy(const std::string& lines = "") {
    site_->serve("[location /]\nproxy_pass = http://" + a_->address() + "\n" + lines);
  }
  static std::string get(const std::string& target = "/", const std::string& fields = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
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
  static void same(std::string_view wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(std::string(wanted), got); }

 public:
  void setUp() override {
    site_.emplace();
    a_.emplace(site_->loop);
  }
  void tearDown() override {
    a_.reset();
    site_.reset();
  }

  void chunksPassAsTheyCome() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nfirst\r\n");
    CPPUNIT_ASSERT(has(client.hear("5\r\nfirst\r\n"), "\r\nTransfer-Encoding: chunked\r\n"));
    CPPUNIT_ASSERT(client.isSilent());
    peer.say("6\r\nsecond\r\n0\r\nTrailer: gone\r\n\r\n");
    same("6\r\nsecond\r\n0\r\n\r\n", client.hear("0\r\n\r\n"));
    exchange(client, peer, "/next");
  }

  void bodiesUntilCloseBecomeChunked() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\n\r\nabc");
    client.hear("\r\n\r\n");
    same("3\r\nabc\r\n", client.hear("abc\r\n"));
    peer.close();
    same("0\r\n\r\n", client.hear("0\r\n\r\n"));
    CPPUNIT_ASSERT(client.isSilent());
  }

  void aTruncatedBodyEndsTheConnection() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    client.hear("abc");
    peer.close();
    same("", client.hearAll());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, aborts("upstream", "response", "upstream_truncated"));
  }

  void aMalformedBodyEndsTheConnection() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n");
    CPPUNIT_ASSERT(!has(client.hearAll(), "0\r\n\r\n"));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, aborts("upstream", "response", "upstream_bad_body"));
  }

  void headKeepsTheLength_S34() {
    proxy();
    Talk client = site_->connect();
    client.say("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
    CPPUNIT_ASSERT(has(client.hear("\r\n\r\n"), "\r\nContent-Length: 1234\r\n"));
    exchange(client, peer, "/next");
  }

  void largeBodiesPass() {
    proxy();
    std::string body(3'000'000, '\0');
    for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i * 7 % 26 + i / 4096 % 3);
    Talk client = site_->connect();
    client.say(get("/", "Connection: close\r\n"));
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + body;
    std::string heard;
    for (size_t sent = 0; sent < answer.size();) {
      sent += sendNow(peer.fd(), std::string_view(answer).substr(sent, 100'000));
      site_->loop.turn(Milliseconds(0));
      heard += receiveNow(client.fd());
    }
    heard += client.hearAll();
    CPPUNIT_ASSERT(bodyOf(heard) == body);
  }

  void requestBodiesAreStreamed() {
    proxy();
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc");
    Talk peer = a_->accept();
    CPPUNIT_ASSERT(has(peer.hear("\r\n\r\nabc"), "\r\nContent-Length: 6\r\n"));
    client.say("def");
    same("def", peer.hear("def"));
    peer.say(kOk);
    client.hear("\r\n\r\nok");
    exchange(client, peer, "/next");
  }

  void aChunkedRequestStaysChunked() {
    proxy();
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    Talk peer = a_->accept();
    CPPUNIT_ASSERT(has(peer.hear("\r\n\r\n"), "\r\nTransfer-Encoding: chunked\r\n"));
    same("3\r\nabc\r\n0\r\n\r\n", peer.hear("0\r\n\r\n"));
  }

  void continueIsSaidByWeir_S32() {
    proxy();
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
    Talk peer = a_->accept();
    CPPUNIT_ASSERT(!has(peer.hear("\r\n\r\n"), "Expect"));
    same("HTTP/1.1 100 Continue\r\n\r\n", client.hear("\r\n\r\n"));
    client.say("body");
    same("body", peer.hear("body"));
    peer.say(kOk);
    same("200", statusOf(client.hear("\r\n\r\nok")));
    CPPUNIT_ASSERT(client.isSilent());
  }

  void aChunkedBodyPastTheLimitIs413_S31() {
    proxy("client_max_body_size = 4\n");
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    Talk peer = a_->accept();
    peer.hear("abc");
    client.say("3\r\ndef\r\n");
    same("413", statusOf(client.hear("</html>")));
    CPPUNIT_ASSERT(!has(peer.hearAll(), "0\r\n\r\n"));
  }

  void anEarlyAnswerEndsTheRequest() {
    proxy();
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nabc");
    Talk peer = a_->accept();
    peer.hear("abc");
    peer.say("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
    std::string answer = client.hearAll();
    same("403", statusOf(answer));
    CPPUNIT_ASSERT(has(answer, "\r\nConnection: close\r\n"));
    same("", peer.hearAll());
  }

  void anAnswerThatBeganDoesNotWaitForTheBody() {
    proxy("client_body_timeout = 20ms\n");
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nabc");
    Talk peer = a_->accept();
    peer.say("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nn");
    client.hear("\r\n\r\nn");
    CPPUNIT_ASSERT(!turnUntil(
        site_->loop, [&] { return site_->listener().empty(); }, Milliseconds(60)));
    peer.say("o");
    client.hear("o");
  }

  void aResetBehindABodyIsSeenAtOnce() {
    proxy();
    Talk client = site_->connect();
    client.say(get());
    Talk peer = a_->accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    client.hear("abc");
    peer.say("def");
    peer.reset();
    same("def", client.hearAll());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, aborts("upstream", "response", "upstream_truncated"));
  }

  void aClientThatResetsAfterItsBodyHasLeft_S36() {
    proxy();
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
    Talk peer = a_->accept();
    peer.hear("body");
    client.reset();
    same("", peer.hearAll());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, aborts("client", "request", "client_aborted"));
  }

  void anAnswerIsFramedByTheMethodThatWasSent() {
    proxy("proxy_method = GET\n");
    Talk client = site_->connect();
    client.say("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    Talk peer = a_->accept();
    CPPUNIT_ASSERT(peer.hear("\r\n\r\n").starts_with("GET / "));
    peer.say("HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    CPPUNIT_ASSERT(has(client.hear("\r\n\r\n"), "\r\nContent-Length: 5\r\n"));
    peer.say("hello");
    CPPUNIT_ASSERT(client.isSilent());
    exchange(client, peer, "/next");
  }

  void aSentHeadIsAnsweredWithoutABody() {
    proxy("proxy_method = HEAD\n");
    Talk client = site_->connect();
    Talk peer = [&] {
      client.say(get());
      return a_->accept();
    }();
    for (std::string_view early : {"", "HTTP/1.1 103 Early\r\n\r\n"}) {
      if (!early.empty()) client.say(get());
      CPPUNIT_ASSERT(peer.hear("\r\n\r\n").starts_with("HEAD / "));
      peer.say(std::string(early) + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
      // The client asked for a body, and there is none.
      CPPUNIT_ASSERT(has(client.hear("\r\n\r\n"), "\r\nContent-Length: 0\r\n"));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ProxyAnswerBodiesTest);

}  // namespace
}  // namespace weir
