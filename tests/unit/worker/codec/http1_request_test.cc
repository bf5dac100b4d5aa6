// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/http1_request.h"

#include "tests/unit/worker/codec/request_fixture.h"

namespace weir {
namespace {

class Http1RequestTest : public RequestFixture {
  CPPUNIT_TEST_SUITE(Http1RequestTest);
  CPPUNIT_TEST(readsARequestLine);
  CPPUNIT_TEST(readsMethods);
  CPPUNIT_TEST(readsTargetForms);
  CPPUNIT_TEST(refusesTargets);
  CPPUNIT_TEST(readsVersions);
  CPPUNIT_TEST(refusesRequestLines);
  CPPUNIT_TEST(skipsAFewEmptyLines);
  CPPUNIT_TEST(readsFields);
  CPPUNIT_TEST(leavesBytesBehindTheHeadAlone);
  CPPUNIT_TEST(failsOnTheFirstWrongByte);
  CPPUNIT_TEST(keepsTheLimits);
  CPPUNIT_TEST(limitsCountEveryByte);
  CPPUNIT_TEST(isLinearByteByByte);
  CPPUNIT_TEST(servesManyRequestsWithOneAllocation);
  CPPUNIT_TEST(keepsItsAnswer);
  CPPUNIT_TEST(s26WantsAHost);
  CPPUNIT_TEST(s26ValidatesTheHost);
  CPPUNIT_TEST(s32SeesExpectations);
  CPPUNIT_TEST(s35SeesThatTrailersAreWelcome);
  CPPUNIT_TEST(connectHasNoBody);
  CPPUNIT_TEST_SUITE_END();

  static ParseStatus statusOf(std::string_view text, const RequestLimits& limits) {
    RequestParser parser;
    parser.reset(limits);
    return parser.parse(text);
  }

 public:
  void readsARequestLine() {
    const Request request = line("GET /a%2Fb?c=d HTTP/1.1");
    CPPUNIT_ASSERT(request.done());
    CPPUNIT_ASSERT(request.head().method == Method::Get);
    CPPUNIT_ASSERT_EQUAL(std::string("GET"), request.in(request.head().method_text));
    CPPUNIT_ASSERT_EQUAL(std::string("/a%2Fb?c=d"), request.in(request.head().target));
    CPPUNIT_ASSERT_EQUAL(std::string("/a%2Fb?c=d"), request.in(request.head().path));
    CPPUNIT_ASSERT_EQUAL(1, int{request.head().minor_version});
    CPPUNIT_ASSERT_EQUAL(request.text.size(), size_t{request.head().size});
    CPPUNIT_ASSERT_EQUAL(std::string("h"), std::string(request.head().host()->valueIn(request.text.data())));
  }

  void readsMethods() {
    for (size_t i = 1; i < static_cast<size_t>(Method::kCount); ++i) {
      const auto method = static_cast<Method>(i);
      CPPUNIT_ASSERT_EQUAL(i, static_cast<size_t>(methodOf(methodName(method))));
      if (method == Method::Connect) continue;
      CPPUNIT_ASSERT(line(std::string(methodName(method)) + " / HTTP/1.1").head().method == method);
    }
    for (const char* other : {"get", "GETT", "GE", "M-SEARCH", "x"}) {
      const Request request = line(std::string(other) + " / HTTP/1.1");
      CPPUNIT_ASSERT_MESSAGE(other, request.done() && request.head().method == Method::Other);
      CPPUNIT_ASSERT_EQUAL(std::string(other), request.in(request.head().method_text));
    }
  }

  void readsTargetForms() {
    const struct {
      const char *line, *path, *authority;
      TargetForm form;
    } cases[] = {
        {"GET / HTTP/1.1", "/", "", TargetForm::Origin},
        {"GET //x HTTP/1.1", "//x", "", TargetForm::Origin},
        {"GET /\xc3\xa4 HTTP/1.1", "/\xc3\xa4", "", TargetForm::Origin},
        {"GET http://h:80/p?q HTTP/1.1", "/p?q", "h:80", TargetForm::Absolute},
        {"GET HTTPS://[::1] HTTP/1.1", "", "[::1]", TargetForm::Absolute},
        {"GET http://h?q HTTP/1.1", "?q", "h", TargetForm::Absolute},
        {"CONNECT h:443 HTTP/1.1", "", "h:443", TargetForm::Authority},
        {"CONNECT [2001:db8::1]:443 HTTP/1.1", "", "[2001:db8::1]:443", TargetForm::Authority},
        {"OPTIONS * HTTP/1.1", "*", "", TargetForm::Asterisk},
    };
    for (const auto& c : cases) {
      const Request request = line(c.line);
      CPPUNIT_ASSERT_MESSAGE(c.line, request.done() && request.head().form == c.form);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.line, std::string(c.path), request.in(request.head().path));
      CPPUNIT_ASSERT_EQUAL_MESSAGE(c.line, std::string(c.authority), request.in(request.head().authority));
    }
  }

  void refusesTargets() {
    for (const char* target : {"x", "*", "h:80", "ftp://h/", "http:/h", "http://", "http:///p", "http://u@h/",
                               "http://h:x/", "/a#b", "/\x7f"})
      refused(line("GET " + std::string(target) + " HTTP/1.1"), Cause::BadRequest);
    for (const char* target : {"h", "h:", "h:0", "h:65536", "h:443/", "/", "http://h:1/", "*", "[::1]", "u@h:1"})
      refused(line("CONNECT " + std::string(target) + " HTTP/1.1"), Cause::BadRequest);
  }

  void readsVersions() {
    CPPUNIT_ASSERT_EQUAL(0, int{line("GET / HTTP/1.0").head().minor_version});
    CPPUNIT_ASSERT_EQUAL(1, int{line("GET / HTTP/1.1").head().minor_version});
    CPPUNIT_ASSERT_EQUAL(1, int{line("GET / HTTP/1.9").head().minor_version});
    refused(parse("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Cause::UnsupportedVersion);
    refused(line("GET / HTTP/3.1"), Cause::UnsupportedVersion);
    refused(line("GET / HTTP/0.9"), Cause::BadRequest);
  }

  void refusesRequestLines() {
    for (const char* bad :
         {"GET /", "GET  / HTTP/1.1", "GET /  HTTP/1.1", " GET / HTTP/1.1", "GET / HTTP/1.1 ", "GET\t/ HTTP/1.1", "GET",
          "GET / http/1.1", "GET / HTTP/1", "GET / HTTP/11.1", "GET / HTTP/1.1x", "GET / a HTTP/1.1", "G(T / HTTP/1.1",
          "GET / HTP/1.1", "MUCHTOOLONGTOBETHENAMEOFAMETHODEVER / HTTP/1.1"})
      refused(line(bad), Cause::BadRequest);
  }

  // RFC 9112 2.2
  void skipsAFewEmptyLines() {
    const Request request = parse("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
    CPPUNIT_ASSERT(request.done());
    CPPUNIT_ASSERT_EQUAL(4u, request.head().method_text.at);
    CPPUNIT_ASSERT_EQUAL(request.text.size(), size_t{request.head().size});
    refused(parse("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), Cause::BadRequest);
    refused(parse("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), Cause::BadRequest);
    refused(parse("\rGET / HTTP/1.1\r\nHost: h\r\n\r\n"), Cause::BadRequest);
  }

  void readsFields() {
    const Request request = parse(
        "GET / HTTP/1.1\r\nHOST:h\r\nX-Long:  a  b\t \r\nEmpty:\r\nBlank: \t \r\ncookie: \xff=1\r\nCookie: b\r\n\r\n");
    CPPUNIT_ASSERT(request.done());
    CPPUNIT_ASSERT_EQUAL(size_t{6}, request.head().fields.size());
    CPPUNIT_ASSERT(request.field("HOST").id == HeaderId::Host);
    CPPUNIT_ASSERT_EQUAL(std::string("a  b"), *request.value("X-Long"));
    CPPUNIT_ASSERT_EQUAL(std::string(), *request.value("Empty"));
    CPPUNIT_ASSERT_EQUAL(std::string(), *request.value("Blank"));
    CPPUNIT_ASSERT_EQUAL(std::string("\xff=1"), *request.value("cookie"));
    CPPUNIT_ASSERT_EQUAL(&request.field("cookie"), request.head().find(HeaderId::Cookie));
    CPPUNIT_ASSERT(contains(request.head().repeated, HeaderId::Cookie));
    CPPUNIT_ASSERT(!request.head().has(HeaderId::Accept));
  }

  // S-39
  void leavesBytesBehindTheHeadAlone() {
    const std::string first = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
    const Request request = parse(first + "GET /2 HTTP/1.1\nrubbish\x01");
    CPPUNIT_ASSERT(request.done());
    CPPUNIT_ASSERT_EQUAL(first.size(), size_t{request.head().size});
  }

  // Each of these ends with the byte that is wrong.
  void failsOnTheFirstWrongByte() {
    for (const std::string_view bad :
         {"\x16", "\x80", "GET /a\x01", "GET / HTTP/1.1\n", "GET / HTTP/1.1\r\n ", "GET / HTTP/1.1\r\nA ",
          "GET / HTTP/1.1\r\nA: \x01", "GET / HTTP/1.1\r\n:", "GET / HTTP/1.1\r\n\xff", "GET / HTTP/1.1\r\nA\r",
          "GET / HTTP/1.1\r\nA: b\rc", "GET / HTTP/1.1\r\n\r\r"}) {
      CPPUNIT_ASSERT_MESSAGE(std::string(bad), statusOf(bad, {}) == ParseStatus::Failed);
      const std::string_view good = bad.substr(0, bad.size() - 1);
      CPPUNIT_ASSERT_MESSAGE(std::string(bad), statusOf(good, {}) == ParseStatus::NeedMore);
    }
  }

  void keepsTheLimits() {
    RequestLimits limits;
    limits.max_request_line = 40;
    limits.max_field_line = 30;
    limits.max_fields = 3;
    limits.max_head = 90;
    const std::string line = "GET / HTTP/1.1\r\n";
    const std::string host = "Host: h\r\n";
    refused(parse("GET /" + std::string(40, 'a') + " HTTP/1.1\r\n" + host + "\r\n", limits), Cause::RequestLineTooLong);
    refused(parse("GET /" + std::string(400, 'a'), limits), Cause::RequestLineTooLong);
    refused(parse(line + "X: " + std::string(40, 'a') + "\r\n\r\n", limits), Cause::HeaderTooLarge);
    refused(parse(line + std::string(40, 'X') + ": a\r\n\r\n", limits), Cause::HeaderTooLarge);
    refused(parse(line + "X: " + std::string(40, 'a') + "\x01", limits), Cause::HeaderTooLarge);
    refused(parse(line + host + "A: 1\r\nB: 2\r\nC: 3\r\n\r\n", limits), Cause::TooManyHeaders);
    const std::string wide = "A: " + std::string(25, 'a') + "\r\n";
    refused(parse(line + host + wide + wide + wide + "\r\n", limits), Cause::HeaderTooLarge);
    CPPUNIT_ASSERT(parse(line + host + wide + "B: 2\r\n\r\n", limits).done());
  }

  void limitsCountEveryByte() {
    const std::string text = "GET /abc HTTP/1.1\r\nHost: hhhhhhhhhhhhhhhhhh\r\n\r\n";
    RequestLimits limits;
    limits.max_request_line = 19;
    limits.max_field_line = 26;
    limits.max_fields = 1;
    limits.max_head = static_cast<uint32_t>(text.size());
    CPPUNIT_ASSERT(parse(text, limits).done());
    for (uint32_t RequestLimits::*limit : {&RequestLimits::max_request_line, &RequestLimits::max_field_line,
                                           &RequestLimits::max_fields, &RequestLimits::max_head}) {
      RequestLimits one_less = limits;
      --(one_less.*limit);
      CPPUNIT_ASSERT(parse(text, one_less).status == ParseStatus::Failed);
    }
  }

  // 256 KiB of head byte by byte: 3 * 10^10 steps if each call began anew.
  void isLinearByteByByte() {
    constexpr uint32_t kSize = 1 << 18;
    const RequestLimits limits{kSize, kSize, 65535, false, 4 * kSize};
    std::string text = "GET /" + std::string(kSize / 4, 'a') + " HTTP/1.1\r\nHost: h\r\n";
    text += std::string(60000, 'n') + ": " + std::string(kSize / 2, 'v') + "\r\n";
    while (text.size() < kSize) text += "X-Some: value\r\n";
    text += "\r\n";
    RequestParser parser;
    parser.reset(limits);
    for (size_t i = 1; i < text.size(); ++i)
      CPPUNIT_ASSERT(parser.parse(std::string_view(text).substr(0, i)) == ParseStatus::NeedMore);
    CPPUNIT_ASSERT(parser.parse(text) == ParseStatus::Done);
  }

  void servesManyRequestsWithOneAllocation() {
    RequestParser parser;
    const HeaderField* first = nullptr;
    for (int i = 0; i < 3; ++i) {
      parser.reset({});
      CPPUNIT_ASSERT(parser.parse("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n") == ParseStatus::Done);
      CPPUNIT_ASSERT_EQUAL(size_t{2}, parser.head().fields.size());
      CPPUNIT_ASSERT(first == nullptr || first == parser.head().fields.data());
      first = parser.head().fields.data();
    }
  }

  void keepsItsAnswer() {
    RequestParser parser;
    CPPUNIT_ASSERT(parser.parse("\x01") == ParseStatus::Failed);
    CPPUNIT_ASSERT(parser.parse("GET / HTTP/1.1\r\nHost: h\r\n\r\n") == ParseStatus::Failed);
    parser.reset({});
    CPPUNIT_ASSERT(parser.parse("GET / HTTP/1.1\r\nHost: h\r\n\r\n") == ParseStatus::Done);
    CPPUNIT_ASSERT(parser.failure() == Cause::None);
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

  // RFC 9110 9.3.6
  void connectHasNoBody() {
    const std::string connect = "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n";
    accepted(parse(connect + "Content-Length: 0\r\n\r\n"));
    refused(parse(connect + "Content-Length: 1\r\n\r\n"));
    refused(parse(connect + "Transfer-Encoding: chunked\r\n\r\n"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(Http1RequestTest);

}  // namespace
}  // namespace weir
