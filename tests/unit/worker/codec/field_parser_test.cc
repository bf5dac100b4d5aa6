// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/field_parser.h"

#include <cctype>

#include "tests/unit/worker/codec/request_fixture.h"

namespace weir {
namespace {

class FieldParserTest : public RequestFixture {
  CPPUNIT_TEST_SUITE(FieldParserTest);
  CPPUNIT_TEST(s26RefusesControlCharacters);
  CPPUNIT_TEST(s26RefusesBareLineEnds);
  CPPUNIT_TEST(s26RefusesSpaceBeforeColon);
  CPPUNIT_TEST(s26RefusesObsFold);
  CPPUNIT_TEST(s26RefusesOtherNames);
  CPPUNIT_TEST(s26IgnoresUnderscores);
  CPPUNIT_TEST_SUITE_END();

 public:
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

  void s26IgnoresUnderscores() {
    const std::string text = "GET / HTTP/1.1\r\nHost: h\r\nX_Forwarded_For: 1\r\nX-Real: 2\r\n_: 3\r\n\r\n";
    CPPUNIT_ASSERT(parse(text).field("X_Forwarded_For").ignored);
    CPPUNIT_ASSERT(parse(text).field("_").ignored);
    CPPUNIT_ASSERT(!parse(text).field("X-Real").ignored);
    RequestLimits limits;
    limits.underscores_in_headers = true;
    CPPUNIT_ASSERT(!parse(text, limits).field("X_Forwarded_For").ignored);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FieldParserTest);

}  // namespace
}  // namespace weir
