// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/http1_response.h"

#include "tests/unit/worker/codec/every_way.h"

namespace weir {
namespace {

using Response = Parsed<ResponseParser>;

class Http1ResponseTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(Http1ResponseTest);
  CPPUNIT_TEST(readsAStatusLine);
  CPPUNIT_TEST(refusesStatusLines);
  CPPUNIT_TEST(readsFraming);
  CPPUNIT_TEST(s26RefusesAmbiguousFraming);
  CPPUNIT_TEST(refusesWhatARequestMayNotHave);
  CPPUNIT_TEST(s27MarksHopByHop);
  CPPUNIT_TEST(s33ReadsInterimHeads);
  CPPUNIT_TEST(s34KnowsWhatHasNoBody);
  CPPUNIT_TEST(readsKeepAlive);
  CPPUNIT_TEST(s38SeesUpgrades);
  CPPUNIT_TEST(keepsUnderscores);
  CPPUNIT_TEST(keepsTheLimits);
  CPPUNIT_TEST_SUITE_END();

  static Response parse(std::string text, Method method = Method::Get, const ResponseLimits& limits = {}) {
    return parseEveryWay<ResponseParser>(std::move(text), [&](ResponseParser& p) { p.reset(limits, method); });
  }
  // A 200 with these fields.
  static Response ok(const std::string& fields, Method method = Method::Get) {
    return parse("HTTP/1.1 200 OK\r\n" + fields + "\r\n", method);
  }
  static void refused(const Response& response, Cause cause = Cause::UpstreamBadHeader) {
    CPPUNIT_ASSERT_MESSAGE(response.text, response.status == ParseStatus::Failed);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(response.text, rowOf(cause).name, rowOf(response.failure()).name);
  }

 public:
  void readsAStatusLine() {
    const struct {
      const char* line;
      int status, minor;
      const char* reason;
    } cases[] = {{"HTTP/1.1 200 OK", 200, 1, "OK"},
                 {"HTTP/1.0 404 Not Found", 404, 0, "Not Found"},
                 {"HTTP/1.1 200 ", 200, 1, ""},
                 {"HTTP/1.1 200", 200, 1, ""},
                 {"HTTP/1.1 999 Odd\t!", 999, 1, "Odd\t!"},
                 {"HTTP/1.7 200 \xc3\xa4", 200, 1, "\xc3\xa4"}};
    for (const auto& c : cases) {
      const Response response = parse(std::string(c.line) + "\r\n\r\n");
      CPPUNIT_ASSERT_MESSAGE(c.line, response.done());
      CPPUNIT_ASSERT_EQUAL(c.status, int{response.head().status});
      CPPUNIT_ASSERT_EQUAL(c.minor, int{response.head().minor_version});
      CPPUNIT_ASSERT_EQUAL(std::string(c.reason), response.in(response.head().reason));
    }
  }

  void refusesStatusLines() {
    for (const char* line : {"HTTP/1.1 099 X", "HTTP/1.1 20 X", "HTTP/1.1 2000 X", "HTTP/1.1  200 X", "HTTP/1.1 20x",
                             "HTTP/2.0 200 OK", "http/1.1 200 OK", "HTTP/1.1 200\tOK", "HTTP/1.1 -20 X", "ICY 200 OK",
                             "", "HTTP/1.1 200 O\x01K", " HTTP/1.1 200"})
      refused(parse(std::string(line) + "\r\n\r\n"));
    refused(parse("HTTP/1.1 200 OK\n\n"));
    refused(parse("HTTP/1.1 200 OK\r\r\n\r\n"));
    refused(parse("\r\nHTTP/1.1 200 OK\r\n\r\n"));
  }

  void readsFraming() {
    CPPUNIT_ASSERT(ok("").head().framing == BodyFraming::UntilClose);
    CPPUNIT_ASSERT(ok("Transfer-Encoding: Chunked\r\n").head().framing == BodyFraming::Chunked);
    const Response response = ok("Content-Length: 12\r\n");
    CPPUNIT_ASSERT(response.head().framing == BodyFraming::Length);
    CPPUNIT_ASSERT_EQUAL(uint64_t{12}, response.head().content_length);
  }

  void s26RefusesAmbiguousFraming() {
    refused(ok("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"));
    refused(ok("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"));
    refused(ok("Content-Length: 5\r\nContent-Length: 6\r\n"));
    refused(ok("Content-Length: 5\r\nContent-Length: 5\r\n"));
    refused(ok("Content-Length: 5, 5\r\n"));
    refused(ok("Transfer-Encoding: gzip\r\n"));
    refused(parse("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  }

  void refusesWhatARequestMayNotHave() {
    refused(ok("X: a\r\n b\r\n"));
    refused(ok("X : a\r\n"));
    refused(ok("X: \x01\r\n"));
    refused(ok("X: a\n"));
    refused(ok(": a\r\n"));
  }

  void s27MarksHopByHop() {
    const Response response = ok("Connection: X-A\r\nX-A: 1\r\nX-B: 2\r\nKeep-Alive: timeout=5\r\n");
    CPPUNIT_ASSERT(response.field("X-A").hop_by_hop && response.field("Keep-Alive").hop_by_hop);
    CPPUNIT_ASSERT(response.field("X-B").endToEnd());
  }

  void s33ReadsInterimHeads() {
    const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n";
    const Response first = parse(interim + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    CPPUNIT_ASSERT(first.done() && first.head().interim());
    CPPUNIT_ASSERT_EQUAL(interim.size(), size_t{first.head().size});
    CPPUNIT_ASSERT(first.head().framing == BodyFraming::None && first.head().keep_alive);
    CPPUNIT_ASSERT(!parse("HTTP/1.1 101 S\r\n\r\n").head().interim());
  }

  void s34KnowsWhatHasNoBody() {
    for (const char* status : {"100", "101", "103", "204", "304"})
      for (const char* framing : {"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
        const Response response = parse("HTTP/1.1 " + std::string(status) + " X\r\n" + framing + "\r\n");
        CPPUNIT_ASSERT_MESSAGE(response.text, response.done() && response.head().framing == BodyFraming::None);
        CPPUNIT_ASSERT_EQUAL(uint64_t{0}, response.head().content_length);
      }
    CPPUNIT_ASSERT(ok("Content-Length: 5\r\n", Method::Head).head().framing == BodyFraming::None);
    CPPUNIT_ASSERT(ok("", Method::Head).head().keep_alive);
    CPPUNIT_ASSERT(ok("", Method::Connect).head().framing == BodyFraming::None);
    CPPUNIT_ASSERT(parse("HTTP/1.1 407 X\r\nContent-Length: 3\r\n\r\n", Method::Connect).head().content_length == 3);
    CPPUNIT_ASSERT(parse("HTTP/1.1 205 X\r\nContent-Length: 0\r\n\r\n").head().framing == BodyFraming::Length);
  }

  void readsKeepAlive() {
    CPPUNIT_ASSERT(ok("Content-Length: 0\r\n").head().keep_alive);
    CPPUNIT_ASSERT(!ok("").head().keep_alive);
    CPPUNIT_ASSERT(!ok("Content-Length: 0\r\nConnection: close\r\n").head().keep_alive);
    CPPUNIT_ASSERT(!parse("HTTP/1.0 200 X\r\nContent-Length: 0\r\n\r\n").head().keep_alive);
    CPPUNIT_ASSERT(parse("HTTP/1.0 200 X\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n").head().keep_alive);
  }

  void s38SeesUpgrades() {
    const std::string fields = "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    CPPUNIT_ASSERT(parse("HTTP/1.1 101 X\r\n" + fields).head().upgrade);
    CPPUNIT_ASSERT(!parse("HTTP/1.1 200 X\r\n" + fields).head().upgrade);
    CPPUNIT_ASSERT(!parse("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n").head().upgrade);
  }

  void keepsUnderscores() { CPPUNIT_ASSERT(ok("X_A: 1\r\n").field("X_A").endToEnd()); }

  void keepsTheLimits() {
    const std::string text = "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n";
    const auto size = static_cast<uint32_t>(text.size());
    CPPUNIT_ASSERT(parse(text, Method::Get, {size, 2}).done());
    refused(parse(text, Method::Get, {size - 1, 2}), Cause::UpstreamHeaderTooBig);
    refused(parse(text, Method::Get, {size, 1}), Cause::UpstreamHeaderTooBig);
    refused(parse("HTTP/1.1 200 " + std::string(50, 'a'), Method::Get, {40, 1}), Cause::UpstreamHeaderTooBig);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(Http1ResponseTest);

}  // namespace
}  // namespace weir
