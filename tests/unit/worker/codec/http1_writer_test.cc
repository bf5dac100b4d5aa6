// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/http1_writer.h"

#include <cppunit/extensions/HelperMacros.h>

#include <array>
#include <string>

#include "shared/base/failure.h"
#include "worker/codec/http1_request.h"
#include "worker/codec/http1_response.h"

namespace weir {
namespace {

class Http1WriterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(Http1WriterTest);
  CPPUNIT_TEST(writesAResponse);
  CPPUNIT_TEST(writesARequest);
  CPPUNIT_TEST(writesAnyStatus);
  CPPUNIT_TEST(knowsThePhraseOfEveryFailure);
  CPPUNIT_TEST(neverWritesPastTheEnd);
  CPPUNIT_TEST(dropsEverythingBehindAnOverflow);
  CPPUNIT_TEST(takesEmptyViews);
  CPPUNIT_TEST_SUITE_END();

  static void writeAll(HeadWriter& writer) {
    writer.statusLine(404);
    writer.field("Content-Length", uint64_t{1234567890123});
    writer.field("Server", "weir");
    writer.raw("X: y\r\n");
    writer.end();
  }
  static constexpr std::string_view kAll =
      "HTTP/1.1 404 Not Found\r\nContent-Length: 1234567890123\r\nServer: weir\r\nX: y\r\n\r\n";

  template <class Write>
  static std::string written(const Write& write) {
    std::array<char, 256> room;
    HeadWriter writer(room);
    write(writer);
    CPPUNIT_ASSERT(writer.fits());
    CPPUNIT_ASSERT_EQUAL(writer.size(), writer.text().size());
    return std::string(writer.text());
  }

 public:
  void writesAResponse() {
    const std::string text = written(writeAll);
    CPPUNIT_ASSERT_EQUAL(std::string(kAll), text);
    ResponseParser parser;
    CPPUNIT_ASSERT(parser.parse(text) == ParseStatus::Done);
  }

  void writesARequest() {
    const std::string text = written([](HeadWriter& writer) {
      writer.requestLine("GET", "/a?b");
      writer.field("Host", "h");
      writer.end();
    });
    CPPUNIT_ASSERT_EQUAL(std::string("GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n"), text);
    RequestParser parser;
    CPPUNIT_ASSERT(parser.parse(text) == ParseStatus::Done);
  }

  void writesAnyStatus() {
    const auto line = [](uint16_t status) { return written([&](HeadWriter& writer) { writer.statusLine(status); }); };
    CPPUNIT_ASSERT_EQUAL(std::string("HTTP/1.1 200 OK\r\n"), line(200));
    CPPUNIT_ASSERT_EQUAL(std::string("HTTP/1.1 299 \r\n"), line(299));
    CPPUNIT_ASSERT_EQUAL(std::string("HTTP/1.1 999 \r\n"), line(999));
    CPPUNIT_ASSERT_EQUAL(std::string("HTTP/1.1 200 Fine\r\n"),
                         written([](HeadWriter& writer) { writer.statusLine(200, "Fine"); }));
    for (uint16_t status = 100; status < 600; ++status)
      CPPUNIT_ASSERT_EQUAL("HTTP/1.1 " + std::to_string(status) + " " + std::string(reasonPhrase(status)) + "\r\n",
                           line(status));
  }

  void knowsThePhraseOfEveryFailure() {
    for (const FailureRow& row : kFailures)
      CPPUNIT_ASSERT_MESSAGE(std::string(row.name), row.status == 0 || !reasonPhrase(row.status).empty());
    CPPUNIT_ASSERT(reasonPhrase(0).empty() && reasonPhrase(600).empty() && reasonPhrase(65535).empty());
  }

  void neverWritesPastTheEnd() {
    for (size_t size = 0; size < kAll.size() + 3; ++size) {
      std::string room(size + 8, '#');
      HeadWriter writer(std::span(room.data(), size));
      writeAll(writer);
      CPPUNIT_ASSERT_EQUAL(size >= kAll.size(), writer.fits());
      CPPUNIT_ASSERT_EQUAL(std::string(8, '#'), room.substr(size));
    }
  }

  void dropsEverythingBehindAnOverflow() {
    std::array<char, 8> room{};
    HeadWriter writer(room);
    writer.raw("1234");
    writer.raw("56789");
    writer.raw("x");
    CPPUNIT_ASSERT(!writer.fits());
    CPPUNIT_ASSERT_EQUAL('\0', room[4]);
  }

  void takesEmptyViews() {
    CPPUNIT_ASSERT_EQUAL(std::string("A: \r\n"),
                         written([](HeadWriter& writer) { writer.field("A", std::string_view()); }));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(Http1WriterTest);

}  // namespace
}  // namespace weir
