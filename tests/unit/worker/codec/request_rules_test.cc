// SPDX-License-Identifier: Apache-2.0
// What the fields of a request mean and which are refused: S-26, S-27, S-32, S-35, S-38, one test per rule.

#include "tests/unit/worker/codec/every_way.h"

namespace weir {
namespace {

using Request = Parsed<RequestParser>;

class RequestRulesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RequestRulesTest);
  CPPUNIT_TEST(s26RefusesDuplicates);
  CPPUNIT_TEST(s26RefusesLengthBesideCoding);
  CPPUNIT_TEST(s26TakesOnlyChunked);
  CPPUNIT_TEST(s26RefusesCodingInHttp10);
  CPPUNIT_TEST(s26TakesOnlyDigitsAsLength);
  CPPUNIT_TEST(s26RefusesControlCharacters);
  CPPUNIT_TEST(s26RefusesBareLineEnds);
  CPPUNIT_TEST(s26RefusesSpaceBeforeColon);
  CPPUNIT_TEST(s26RefusesObsFold);
  CPPUNIT_TEST(s26RefusesOtherNames);
  CPPUNIT_TEST(s26WantsAHost);
  CPPUNIT_TEST(s26ValidatesTheHost);
  CPPUNIT_TEST(s26IgnoresUnderscores);
  CPPUNIT_TEST(s27MarksTheFixedList);
  CPPUNIT_TEST(s27MarksNominatedFields);
  CPPUNIT_TEST(s27SparesEndToEndFields);
  CPPUNIT_TEST(s27BoundsNominations);
  CPPUNIT_TEST(s32SeesExpectations);
  CPPUNIT_TEST(s35SeesThatTrailersAreWelcome);
  CPPUNIT_TEST(s38SeesUpgrades);
  CPPUNIT_TEST(readsFraming);
  CPPUNIT_TEST(readsKeepAlive);
  CPPUNIT_TEST(connectHasNoBody);
  CPPUNIT_TEST_SUITE_END();

  static Request parse(std::string text, bool underscores = false) {
    RequestLimits limits;
    limits.underscores_in_headers = underscores;
    return parseEveryWay<RequestParser>(std::move(text), [&](RequestParser& parser) { parser.reset(limits); });
  }
  // Fields of a POST with a good Host; each line with its CRLF.
  static Request post(const std::string& fields) { return parse("POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n"); }
  static Request http10(const std::string& fields) { return parse("POST / HTTP/1.0\r\n" + fields + "\r\n"); }

  static void accepted(const Request& request) {
    CPPUNIT_ASSERT_EQUAL_MESSAGE(request.text, std::string_view("none"), rowOf(request.failure()).name);
    CPPUNIT_ASSERT_MESSAGE(request.text, request.done());
  }
  static void refused(const Request& request, Cause cause = Cause::BadRequest) {
    CPPUNIT_ASSERT_MESSAGE(request.text, request.status == ParseStatus::Failed);
    CPPUNIT_ASSERT_EQUAL_MESSAGE(request.text, rowOf(cause).name, rowOf(request.failure()).name);
  }

 public:
  void s26RefusesDuplicates() {
    refused(post("Host: h\r\n"));
    refused(post("host: other\r\n"));
    refused(post("Content-Length: 5\r\nContent-Length: 5\r\n"));
    refused(post("Content-Length: 5\r\nX: y\r\nContent-length: 6\r\n"));
    refused(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"));
  }

  void s26RefusesLengthBesideCoding() {
    refused(post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"));
    refused(post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"));
  }

  void s26TakesOnlyChunked() {
    accepted(post("Transfer-Encoding: chunked\r\n"));
    accepted(post("transfer-encoding:\t CHUNKed \r\n"));
    for (const char* coding :
         {"gzip", "gzip, chunked", "chunked, chunked", "chunked,", "identity", "", "xchunked", "chunked;a"})
      refused(post("Transfer-Encoding: " + std::string(coding) + "\r\n"), Cause::UnsupportedTransferCoding);
    refused(
        post("Transfer-Encoding: \x0b"
             "chunked\r\n"));
  }

  void s26RefusesCodingInHttp10() { refused(http10("Transfer-Encoding: chunked\r\n")); }

  void s26TakesOnlyDigitsAsLength() {
    accepted(post("Content-Length: 0\r\n"));
    accepted(post("Content-Length: 9223372036854775807\r\n"));
    for (const char* length : {"", "+5", "-5", "5 5", "5,5", "5, 5", "0x5", "5a", "a", "9223372036854775808",
                               "18446744073709551616", "99999999999999999999999999", "5.0", "\"5\""})
      refused(post("Content-Length: " + std::string(length) + "\r\n"));
  }

  void s26RefusesControlCharacters() {
    for (int c = 0; c < 256; ++c) {
      const bool allowed = (c >= ' ' && c != 0x7f) || c == '\t';
      const Request request = post("X: a" + std::string(1, static_cast<char>(c)) + "b\r\n");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(c), allowed, request.done());
    }
  }

  void s26RefusesBareLineEnds() {
    refused(parse("GET / HTTP/1.1\nHost: h\r\n\r\n"));
    refused(parse("GET / HTTP/1.1\r\nHost: h\n\r\n"));
    refused(parse("GET / HTTP/1.1\r\nHost: h\r\n\n"));
    refused(parse("GET / HTTP/1.1\r\nHost: h\r\r\n\r\n"));
    refused(parse("GET / HTTP/1.1\r\nHost: h\r\n\rx"));
  }

  void s26RefusesSpaceBeforeColon() {
    refused(post("X : a\r\n"));
    refused(post("X\t: a\r\n"));
    refused(post("Content-Length : 5\r\n"));
  }

  void s26RefusesObsFold() {
    refused(post("X: a\r\n b\r\n"));
    refused(post("X: a\r\n\tb: c\r\n"));
    refused(parse("GET / HTTP/1.1\r\n Host: h\r\n\r\n"));
  }

  void s26RefusesOtherNames() {
    refused(post(": a\r\n"));
    refused(post("no colon\r\n"));
    refused(post("nocolon\r\n"));
    const std::string token = "!#$%&'*+-.^_`|~";
    for (int c = 0; c < 256; ++c) {
      const bool allowed = std::isalnum(c) != 0 || (c != 0 && token.find(static_cast<char>(c)) != std::string::npos);
      if (c == ':') continue;
      const Request request = post("X" + std::string(1, static_cast<char>(c)) + "Y: a\r\n");
      CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(c), allowed, request.done());
    }
  }

  void s26WantsAHost() {
    refused(parse("GET / HTTP/1.1\r\n\r\n"));
    refused(parse("GET http://h/ HTTP/1.1\r\n\r\n"));
    accepted(parse("GET / HTTP/1.0\r\n\r\n"));
  }

  // RFC 3986 3.2.2
  void s26ValidatesTheHost() {
    for (const char* host : {"h", "h:80", "h:", "EXAMPLE.com.", "1.2.3.4:5", "[::1]", "[::ffff:1.2.3.4]:80", "a_b-c~",
                             "a%20b", "a,b;c=d", "h:65535"})
      accepted(parse("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"));
    for (const char* host :
         {"",      "a b",    "a/b",    "a@b", "a:b",  "h:80:80", "h:65536", "h:+1", ":80",      "[::1", "::1", "[]",
          "[g::]", "[::1]x", "[v1.a]", "a%2", "a%zz", "a\\b",    "a\"b",    "<a>",  "\xc3\xa4", "a?b",  "a#b"}) {
      refused(parse("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n"));
      refused(parse("GET / HTTP/1.0\r\nHost: " + std::string(host) + "\r\n\r\n"));
    }
  }

  void s26IgnoresUnderscores() {
    const std::string text = "GET / HTTP/1.1\r\nHost: h\r\nX_Forwarded_For: 1\r\nX-Real: 2\r\n_: 3\r\n\r\n";
    CPPUNIT_ASSERT(parse(text).field("X_Forwarded_For").ignored);
    CPPUNIT_ASSERT(parse(text).field("_").ignored);
    CPPUNIT_ASSERT(!parse(text).field("X-Real").ignored);
    CPPUNIT_ASSERT(!parse(text, true).field("X_Forwarded_For").ignored);
  }

  void s27MarksTheFixedList() {
    const Request request = post(
        "Connection: close\r\nProxy-Connection: a\r\nKeep-Alive: a\r\nTE: a\r\nTrailer: a\r\nUpgrade: a\r\n"
        "Transfer-Encoding: chunked\r\nProxy-Authorization: a\r\nProxy-Authenticate: a\r\n");
    accepted(request);
    for (const HeaderField& field : request.head().fields)
      CPPUNIT_ASSERT_EQUAL(field.id != HeaderId::Host, static_cast<bool>(field.hop_by_hop));
  }

  // RFC 9110 7.6.1
  void s27MarksNominatedFields() {
    const Request request = post(
        "X-Before: 1\r\nConnection: close , x-BEFORE,, Cookie\r\nCookie: c\r\nconnection: X-After\r\nX-After: 2\r\n"
        "X-Other: 3\r\nX-After: 4\r\nX-Bef: 5\r\n");
    accepted(request);
    std::string marked;
    for (const HeaderField& field : request.head().fields)
      if (field.hop_by_hop) marked += std::string(field.valueIn(request.text.data())) + "|";
    CPPUNIT_ASSERT_EQUAL(std::string("1|close , x-BEFORE,, Cookie|c|X-After|2|4|"), marked);
  }

  void s27SparesEndToEndFields() {
    const Request request = post(
        "Connection: Host, Content-Length, X-Forwarded-For, X-Real-IP, Forwarded, Content-Type, Cache-Control\r\n"
        "Content-Length: 0\r\nX-Forwarded-For: 1\r\nX-Real-IP: 1\r\nForwarded: for=1\r\nContent-Type: a\r\n"
        "Cache-Control: b\r\n");
    accepted(request);
    for (const HeaderField& field : request.head().fields)
      CPPUNIT_ASSERT_EQUAL(field.id == HeaderId::Connection, static_cast<bool>(field.hop_by_hop));
  }

  void s27BoundsNominations() {
    std::string names = "close";
    for (int i = 0; i < 16; ++i) names += ", x" + std::to_string(i);
    accepted(post("Connection: " + names + "\r\n"));
    refused(post("Connection: " + names + ", x16\r\n"));
    accepted(post("Connection: a b, c;d, , \"e\"\r\n"));
  }

  void s32SeesExpectations() {
    CPPUNIT_ASSERT(post("Expect: 100-Continue\r\nContent-Length: 5\r\n").head().expect_continue);
    CPPUNIT_ASSERT(post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n").head().expect_continue);
    CPPUNIT_ASSERT(!post("Expect: 100-continue\r\nContent-Length: 0\r\n").head().expect_continue);
    CPPUNIT_ASSERT(!post("Expect: 100-continue\r\n").head().expect_continue);
    CPPUNIT_ASSERT(!post("Expect: other\r\nContent-Length: 5\r\n").head().expect_continue);
    CPPUNIT_ASSERT(!http10("Expect: 100-continue\r\nContent-Length: 5\r\n").head().expect_continue);
  }

  void s35SeesThatTrailersAreWelcome() {
    CPPUNIT_ASSERT(post("TE: trailers\r\n").head().te_trailers);
    CPPUNIT_ASSERT(post("TE: gzip;q=1, Trailers\r\n").head().te_trailers);
    CPPUNIT_ASSERT(!post("TE: gzip\r\n").head().te_trailers);
    CPPUNIT_ASSERT(!post("").head().te_trailers);
  }

  void s38SeesUpgrades() {
    CPPUNIT_ASSERT(post("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n").head().upgrade);
    CPPUNIT_ASSERT(!post("Connection: upgrade\r\n").head().upgrade);
    CPPUNIT_ASSERT(!post("Upgrade: websocket\r\n").head().upgrade);
    CPPUNIT_ASSERT(!post("Connection: upgrade\r\nUpgrade: a\r\nUpgrade: b\r\n").head().upgrade);
    CPPUNIT_ASSERT(!http10("Connection: upgrade\r\nUpgrade: websocket\r\n").head().upgrade);
  }

  void readsFraming() {
    const Request none = post("");
    CPPUNIT_ASSERT(none.head().framing == BodyFraming::None);
    const Request length = post("Content-Length: 0012\r\n");
    CPPUNIT_ASSERT(length.head().framing == BodyFraming::Length);
    CPPUNIT_ASSERT_EQUAL(uint64_t{12}, length.head().content_length);
    CPPUNIT_ASSERT(post("Transfer-Encoding: chunked\r\n").head().framing == BodyFraming::Chunked);
  }

  // RFC 9112 9.3
  void readsKeepAlive() {
    CPPUNIT_ASSERT(post("").head().keep_alive);
    CPPUNIT_ASSERT(post("Connection: keep-alive\r\n").head().keep_alive);
    CPPUNIT_ASSERT(!post("Connection: CLOSE\r\n").head().keep_alive);
    CPPUNIT_ASSERT(!post("Connection: keep-alive, close\r\n").head().keep_alive);
    CPPUNIT_ASSERT(post("Connection: closed\r\n").head().keep_alive);
    CPPUNIT_ASSERT(!http10("").head().keep_alive);
    CPPUNIT_ASSERT(http10("Connection: Keep-Alive\r\n").head().keep_alive);
    CPPUNIT_ASSERT(!http10("Connection: close, keep-alive\r\n").head().keep_alive);
  }

  // RFC 9110 9.3.6
  void connectHasNoBody() {
    const std::string connect = "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n";
    accepted(parse(connect + "Content-Length: 0\r\n\r\n"));
    refused(parse(connect + "Content-Length: 1\r\n\r\n"));
    refused(parse(connect + "Transfer-Encoding: chunked\r\n\r\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RequestRulesTest);

}  // namespace
}  // namespace weir
