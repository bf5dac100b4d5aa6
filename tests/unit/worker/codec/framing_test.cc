// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/framing.h"

#include "tests/unit/worker/codec/request_fixture.h"

namespace weir {
namespace {

class FramingTest : public RequestFixture {
  CPPUNIT_TEST_SUITE(FramingTest);
  CPPUNIT_TEST(s26RefusesDuplicates);
  CPPUNIT_TEST(s26RefusesLengthBesideCoding);
  CPPUNIT_TEST(s26TakesOnlyChunked);
  CPPUNIT_TEST(s26RefusesCodingInHttp10);
  CPPUNIT_TEST(s26TakesOnlyDigitsAsLength);
  CPPUNIT_TEST(s27MarksTheFixedList);
  CPPUNIT_TEST(s27MarksNominatedFields);
  CPPUNIT_TEST(s27SparesEndToEndFields);
  CPPUNIT_TEST(s27BoundsNominations);
  CPPUNIT_TEST(s38SeesUpgrades);
  CPPUNIT_TEST(readsFraming);
  CPPUNIT_TEST(readsKeepAlive);
  CPPUNIT_TEST_SUITE_END();

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
};

CPPUNIT_TEST_SUITE_REGISTRATION(FramingTest);

}  // namespace
}  // namespace weir
