// SPDX-License-Identifier: Apache-2.0
#include "worker/http/server_connection.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <optional>
#include <string>

#include "tests/unit/worker/http/fake_stream.h"
#include "tests/unit/worker/http/served_site.h"

namespace weir {
namespace {

constexpr const char* kHello = "[location /]\nreturn = 200 hello\n[location /n]\nreturn = 200 $uri;\n";

class ServerConnectionTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ServerConnectionTest);
  CPPUNIT_TEST(keepsAlive);
  CPPUNIT_TEST(closesWhenAskedTo);
  CPPUNIT_TEST(oldClientsCloseUnlessTheyAskNotTo);
  CPPUNIT_TEST(keepaliveRequestsBoundsAConnection_S39);
  CPPUNIT_TEST(pipelinedRequestsAreAnsweredInOrder_S39);
  CPPUNIT_TEST(manyPipelinedRequestsAreAllAnswered);
  CPPUNIT_TEST(aHeadMayComeByteByByte);
  CPPUNIT_TEST(aHeadMayBeLargerThanItsFirstBlock);
  CPPUNIT_TEST(tooLargeHeadsAreRefused);
  CPPUNIT_TEST(nonsenseIsRefusedThenLingered_S32);
  CPPUNIT_TEST(nothingOfASmuggledRequestIsServed_S26);
  CPPUNIT_TEST(unreadBodiesAreReadPast);
  CPPUNIT_TEST(aBodyThatIsTooLargeClosesTheConnection);
  CPPUNIT_TEST(noContinueForABodyThatNobodyReads_S32);
  CPPUNIT_TEST(aSlowHeadIs408);
  CPPUNIT_TEST(aSilentClientIsClosedWithoutAWord);
  CPPUNIT_TEST(idleConnectionsTimeOut);
  CPPUNIT_TEST(headHasNoBody_S34);
  CPPUNIT_TEST(aHalfClosedClientGetsItsAnswer);
  CPPUNIT_TEST(drainingEndsIdleOnesAfterTheirGrace_S7);
  CPPUNIT_TEST(drainingAnswersClose_S7);
  CPPUNIT_TEST(drainingKeepsThePromiseOfAHeadThatIsOut_S7);
  CPPUNIT_TEST(idleConnectionsHoldNoBuffer);
  CPPUNIT_TEST(anAbortInAHeadIsCounted);
  CPPUNIT_TEST(returning444ClosesSilently);
  CPPUNIT_TEST(whoSendsWithoutEndAfterARefusalIsClosed);
  CPPUNIT_TEST_SUITE_END();

  std::optional<ServedSite> site_;

  void serve(const std::string& http_lines = "", const std::string& locations = kHello) {
    site_->serve(locations, http_lines);
  }
  static std::string get(const std::string& target, const std::string& fields = "") {
    return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
  }
  int64_t aborts(std::string_view side, std::string_view phase, std::string_view reason) {
    return site_->sum(Metric::HttpAbortsTotal, {side, phase, reason});
  }
  static void same(std::string_view wanted, const std::string& got) { CPPUNIT_ASSERT_EQUAL(std::string(wanted), got); }

 public:
  void setUp() override { site_.emplace(); }
  void tearDown() override { site_.reset(); }

  void keepsAlive() {
    serve();
    Talk client = site_->connect();
    for (int i = 0; i < 3; ++i) {
      client.say(get("/"));
      std::string answer = client.hear("hello");
      same("200", statusOf(answer));
      CPPUNIT_ASSERT(has(answer, "\r\nContent-Length: 5\r\n"));
      CPPUNIT_ASSERT(!has(answer, "Connection:"));
      CPPUNIT_ASSERT(client.isSilent());
    }
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, site_->sum(Metric::ListenerConnectionsAcceptedTotal, {"127.0.0.1:8080", "tcp"}));
  }

  void closesWhenAskedTo() {
    serve();
    Talk client = site_->connect();
    client.say(get("/", "Connection: close\r\n"));
    std::string answer = client.hearAll();
    CPPUNIT_ASSERT(has(answer, "\r\nConnection: close\r\n"));
    same("hello", bodyOf(answer));
    site_->until([&] { return site_->listener().empty(); });
  }

  void oldClientsCloseUnlessTheyAskNotTo() {
    serve();
    Talk old = site_->connect();
    old.say("GET / HTTP/1.0\r\n\r\n");
    CPPUNIT_ASSERT(has(old.hearAll(), "\r\nConnection: close\r\n"));
    Talk kept = site_->connect();
    kept.say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    CPPUNIT_ASSERT(has(kept.hear("hello"), "\r\nConnection: keep-alive\r\n"));
    CPPUNIT_ASSERT(kept.isSilent());
  }

  void keepaliveRequestsBoundsAConnection_S39() {
    serve("keepalive_requests = 2");
    Talk client = site_->connect();
    client.say(get("/") + get("/") + get("/"));
    std::string answers = client.hearAll();
    CPPUNIT_ASSERT_EQUAL(size_t{2}, countOf(answers, "200 OK"));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, countOf(answers, "Connection: close"));
  }

  void pipelinedRequestsAreAnsweredInOrder_S39() {
    serve();
    Talk client = site_->connect();
    client.say(get("/n1") + get("/n2") + "POST /n3 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody" + get("/n4"));
    for (std::string name : {"/n1;", "/n2;", "/n3;", "/n4;"}) same(name, bodyOf(client.hear(";")));
  }

  // More than a connection may have in one turn.
  void manyPipelinedRequestsAreAllAnswered() {
    serve();
    Talk client = site_->connect();
    std::string many;
    for (int i = 0; i < 200; ++i) many += get("/n" + std::to_string(i));
    client.say(many);
    for (int i = 0; i < 200; ++i) same("/n" + std::to_string(i) + ";", bodyOf(client.hear(";")));
    CPPUNIT_ASSERT(client.isSilent());
  }

  void aHeadMayComeByteByByte() {
    serve();
    Talk client = site_->connect();
    for (char byte : get("/n")) {
      CPPUNIT_ASSERT(client.isSilent());
      client.say({&byte, 1});
    }
    same("/n;", bodyOf(client.hear(";")));
  }

  void aHeadMayBeLargerThanItsFirstBlock() {
    serve();
    Talk client = site_->connect();
    std::string fields;
    for (int i = 0; i < 4; ++i) fields += "X-" + std::to_string(i) + ": " + std::string(4000, 'x') + "\r\n";
    client.say(get("/n1", fields) + get("/n2"));
    same("/n1;", bodyOf(client.hear(";")));
    same("/n2;", bodyOf(client.hear(";")));
  }

  void tooLargeHeadsAreRefused() {
    serve();
    same("414", statusOf(site_->ask("GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n")));
    same("431", statusOf(site_->ask(get("/", "X: " + std::string(9000, 'x') + "\r\n"))));
    std::string fields;
    for (int i = 0; i < 6; ++i) fields += "X: " + std::string(7000, 'x') + "\r\n";
    same("431", statusOf(site_->ask(get("/", fields))));
  }

  void nonsenseIsRefusedThenLingered_S32() {
    serve();
    Talk client = site_->connect();
    client.say("GET / HTTP/1.1\r\nHost : h\r\n\r\n");
    std::string answer = client.hearAll();
    same("400", statusOf(answer));
    CPPUNIT_ASSERT(has(answer, "\r\nConnection: close\r\n"));
    // What the client still sends is read, so that no reset overtakes the answer.
    client.say(std::string(100'000, 'x'));
    CPPUNIT_ASSERT(!site_->listener().empty());
    CPPUNIT_ASSERT_EQUAL(0, receiveError(client.fd()));
    client.close();
    site_->until([&] { return site_->listener().empty(); });
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, site_->sum(Metric::HttpParseErrorsTotal, {"bad_request"}));
  }

  void nothingOfASmuggledRequestIsServed_S26() {
    serve();
    std::string answer = site_->ask(
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        "0\r\n\r\n" +
        get("/n"));
    same("400", statusOf(answer));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, countOf(answer, "HTTP/1.1 "));
  }

  void unreadBodiesAreReadPast() {
    serve();
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n" + get("/n"));
    same("hello", bodyOf(client.hear("hello")));
    same("/n;", bodyOf(client.hear(";")));
  }

  void aBodyThatIsTooLargeClosesTheConnection() {
    serve("client_max_body_size = 10");
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n");
    std::string answer = client.hearAll();
    same("413", statusOf(answer));
    CPPUNIT_ASSERT(has(answer, "\r\nConnection: close\r\n"));
  }

  void noContinueForABodyThatNobodyReads_S32() {
    serve();
    Talk client = site_->connect();
    client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    std::string answer = client.hearAll();
    same("200", statusOf(answer));
    CPPUNIT_ASSERT(has(answer, "\r\nConnection: close\r\n"));
  }

  void aSlowHeadIs408() {
    serve("client_header_timeout = 30ms");
    Talk client = site_->connect();
    client.say("GET / HT");
    std::string answer = client.hearAll();
    same("408", statusOf(answer));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, aborts("client", "request", "client_header_timeout"));
  }

  void aSilentClientIsClosedWithoutAWord() {
    serve("client_header_timeout = 30ms");
    same("", site_->connect().hearAll());
  }

  void idleConnectionsTimeOut() {
    serve("keepalive_timeout = 30ms");
    Talk client = site_->connect();
    client.say(get("/"));
    same("hello", bodyOf(client.hearAll()));
  }

  void headHasNoBody_S34() {
    serve();
    Talk client = site_->connect();
    client.say("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/n"));
    CPPUNIT_ASSERT(has(client.hear("\r\n\r\n"), "\r\nContent-Length: 5\r\n"));
    same("HTTP/1.1 200 OK", client.hear("OK"));
  }

  void aHalfClosedClientGetsItsAnswer() {
    serve();
    same("hello", bodyOf(site_->ask(get("/"))));
  }

  void drainingEndsIdleOnesAfterTheirGrace_S7() {
    serve();
    Talk client = site_->connect();
    client.say(get("/"));
    client.hear("hello");
    site_->listener().drain(Milliseconds(30));
    CPPUNIT_ASSERT(client.isSilent());
    same("", client.hearAll());
  }

  void drainingAnswersClose_S7() {
    serve();
    Talk client = site_->connect();
    client.say(get("/"));
    client.hear("hello");
    site_->listener().drain(Milliseconds(60'000));
    client.say(get("/"));
    CPPUNIT_ASSERT(has(client.hearAll(), "\r\nConnection: close\r\n"));
  }

  // The head said that another request is welcome.
  void drainingKeepsThePromiseOfAHeadThatIsOut_S7() {
    Backend app(site_->loop);
    serve("", "[location /]\nproxy_pass = http://" + app.address() + "\n");
    Talk client = site_->connect();
    client.say(get("/"));
    Talk peer = app.accept();
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    CPPUNIT_ASSERT(!has(client.hear("\r\n\r\no"), "Connection"));
    site_->listener().drain(Milliseconds(60'000));
    peer.say("k");
    client.hear("k");
    CPPUNIT_ASSERT(client.isSilent());
    client.say(get("/"));
    peer.hear("\r\n\r\n");
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    CPPUNIT_ASSERT(has(client.hearAll(), "\r\nConnection: close\r\n"));
  }

  void idleConnectionsHoldNoBuffer() {
    serve();
    Talk client = site_->connect();
    client.say(get("/"));
    client.hear("hello");
    CPPUNIT_ASSERT(client.isSilent());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, site_->buffers.outstanding());
  }

  void anAbortInAHeadIsCounted() {
    serve();
    Talk client = site_->connect();
    client.say("GET / HT");
    CPPUNIT_ASSERT(client.isSilent());
    client.close();
    site_->until([&] { return site_->listener().empty(); });
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, aborts("client", "request", "client_aborted"));
  }

  void returning444ClosesSilently() {
    serve("", "[location /]\nreturn = 444\n");
    Talk client = site_->connect();
    client.say(get("/"));
    same("", client.hearAll());
    CPPUNIT_ASSERT(site_->listener().empty());
  }

  // A turn's budget runs out while there is no exchange that could go on in the next one.
  void whoSendsWithoutEndAfterARefusalIsClosed() {
    serve();
    auto stream = std::make_unique<FakeStream>();
    FakeStream& client = *stream;
    client.arrive("GET / HTTP/1.1\r\nHost : h\r\n\r\n");
    client.arriveForever(1000);
    site_->services.connections.opened();
    new ServerConnection(site_->listener(), std::move(stream), Client{*Address::parse("192.0.2.1:1"), nullptr});
    client.wake();
    same("400", statusOf(client.sent()));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, site_->services.connections.open());
    site_->loop.turn(Milliseconds(0));
    CPPUNIT_ASSERT_EQUAL(size_t{0}, site_->buffers.outstanding());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServerConnectionTest);

}  // namespace
}  // namespace weir
