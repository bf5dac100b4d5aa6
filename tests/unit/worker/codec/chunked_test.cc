// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/chunked.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {
namespace {

using Event = ChunkedDecoder::Event;

struct Decoded {
  Event event = Event::NeedMore;
  size_t consumed = 0;
  std::string body;
  std::string trailers;
};

class ChunkedTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ChunkedTest);
  CPPUNIT_TEST(decodes);
  CPPUNIT_TEST(givesViewsIntoItsInput);
  CPPUNIT_TEST(s26RefusesBareLineEnds);
  CPPUNIT_TEST(s26RefusesSizes);
  CPPUNIT_TEST(s26RefusesOverflow);
  CPPUNIT_TEST(s26BoundsExtensions);
  CPPUNIT_TEST(ignoresExtensions);
  CPPUNIT_TEST(s35KeepsTrailersApart);
  CPPUNIT_TEST(s35ForbidsTrailers);
  CPPUNIT_TEST(s35BoundsTrailers);
  CPPUNIT_TEST(s39LeavesTheNextMessageAlone);
  CPPUNIT_TEST(keepsItsAnswer);
  CPPUNIT_TEST(writesChunkHeads);
  CPPUNIT_TEST_SUITE_END();

  static void decodeOn(ChunkedDecoder& decoder, std::string_view input, Decoded& decoded) {
    do {
      const ChunkedDecoder::Step step = decoder.next(input);
      input.remove_prefix(step.consumed);
      decoded.consumed += step.consumed;
      decoded.body += step.data;
      decoded.event = step.event;
    } while (decoded.event == Event::Data);
  }

  static Decoded decodeIn(std::string_view text, size_t piece) {
    ChunkedDecoder decoder;
    Decoded decoded;
    for (size_t at = 0; at < text.size() && decoded.event == Event::NeedMore; at += piece)
      decodeOn(decoder, text.substr(at, piece), decoded);
    decoded.trailers = decoder.trailerText();
    return decoded;
  }

  // In pieces of every size, all with one answer.
  static Decoded decode(std::string_view text) {
    const Decoded whole = decodeIn(text, text.size());
    for (size_t piece = 1; piece < text.size(); ++piece) {
      const Decoded pieces = decodeIn(text, piece);
      CPPUNIT_ASSERT_MESSAGE(std::string(text), whole.event == pieces.event && whole.body == pieces.body);
      CPPUNIT_ASSERT_MESSAGE(std::string(text), whole.trailers == pieces.trailers);
      if (whole.event == Event::End) CPPUNIT_ASSERT_EQUAL(whole.consumed, pieces.consumed);
    }
    return whole;
  }

  static void gives(const std::string& body, std::string_view text) {
    const Decoded decoded = decode(text);
    CPPUNIT_ASSERT_MESSAGE(std::string(text), decoded.event == Event::End);
    CPPUNIT_ASSERT_EQUAL(body, decoded.body);
  }
  static void refused(std::string_view text) {
    CPPUNIT_ASSERT_MESSAGE(std::string(text), decode(text).event == Event::Failed);
  }

 public:
  void decodes() {
    gives("", "0\r\n\r\n");
    gives("", "0000\r\n\r\n");
    gives("hello", "5\r\nhello\r\n0\r\n\r\n");
    gives("helloworld", "5\r\nhello\r\n05\r\nworld\r\n0\r\n\r\n");
    gives(std::string(31, 'x'), "1F\r\n" + std::string(31, 'x') + "\r\n0\r\n\r\n");
    gives(std::string(31, 'x'), "1f\r\n" + std::string(31, 'x') + "\r\n0\r\n\r\n");
    gives("\r\n", "2\r\n\r\n\r\n0\r\n\r\n");
    CPPUNIT_ASSERT(decode("5\r\nhel").event == Event::NeedMore);
    CPPUNIT_ASSERT(decode("0\r\n\r").event == Event::NeedMore);
  }

  void givesViewsIntoItsInput() {
    const std::string_view text = "5\r\nhello\r\n0\r\n\r\n";
    ChunkedDecoder decoder;
    const ChunkedDecoder::Step data = decoder.next(text);
    CPPUNIT_ASSERT(data.event == Event::Data && data.data.data() == text.data() + 3);
    CPPUNIT_ASSERT_EQUAL(size_t{8}, data.consumed);
    const ChunkedDecoder::Step end = decoder.next(text.substr(8));
    CPPUNIT_ASSERT(end.event == Event::End);
    CPPUNIT_ASSERT_EQUAL(size_t{7}, end.consumed);
  }

  void s26RefusesBareLineEnds() {
    for (const char* text :
         {"5\nhello\r\n0\r\n\r\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\n\r\n", "5\r\nhello\r\n0\r\n\n",
          "5\rhello", "5\r\nhello\r0", "0\r\n\rx", "5;a\nhello\r\n0\r\n\r\n"})
      refused(text);
  }

  void s26RefusesSizes() {
    for (const char* text : {"\r\n", "g\r\n", "-1\r\n", "+1\r\n", "0x1\r\na\r\n", " 1\r\na\r\n", "1 \r\na\r\n",
                             "1\t\r\n", "1,1\r\n", ";a\r\n", "5\r\nhelloX", "5\r\nhell\r\n0"})
      refused(text);
  }

  void s26RefusesOverflow() {
    refused("8000000000000000\r\n");
    refused("FFFFFFFFFFFFFFFF\r\n");
    refused("10000000000000000\r\n");
    refused("00000000000000001\r\n");
    CPPUNIT_ASSERT(decode("7fffffffffffffff\r\nabc").event == Event::NeedMore);
  }

  void s26BoundsExtensions() {
    const auto chunk = [](size_t extension) { return "1;" + std::string(extension, 'a') + "\r\nx\r\n0\r\n\r\n"; };
    gives("x", chunk(kMaxChunkLine - 4));
    refused(chunk(kMaxChunkLine - 3));
    CPPUNIT_ASSERT(decodeIn("1;" + std::string(100000, 'a'), 1000).event == Event::Failed);
  }

  // RFC 9112 7.1.1
  void ignoresExtensions() {
    gives("x", "1;a\r\nx\r\n0;b\r\n\r\n");
    gives("x", "1;a=b;c;d=\"e ;f\"\r\nx\r\n0\r\n\r\n");
    gives("x", "1;a=\"\"\r\nx\r\n0\r\n\r\n");
    for (const char* text : {"1;\r\nx", "1;a=\r\nx", "1;=b\r\nx", "1; a\r\nx", "1;a b\r\nx", "1;a=\"b\r\nx",
                             "1;a=\"b\"c\r\nx", "1;a=\"\\\"\"\r\nx", "1;a;\r\nx", "1;a\x01\r\nx", "1;a=\"\x7f\"\r\nx"})
      refused(text);
  }

  void s35KeepsTrailersApart() {
    const std::string_view text = "1\r\nx\r\n0\r\nX-Sum: abc \r\nETag: \"e\"\r\n\r\n";
    gives("x", text);
    ChunkedDecoder decoder;
    Decoded decoded;
    decodeOn(decoder, text, decoded);
    const MessageHead* trailers = decoder.trailers();
    CPPUNIT_ASSERT(trailers != nullptr && trailers->fields.size() == 2);
    const char* base = decoder.trailerText().data();
    CPPUNIT_ASSERT_EQUAL(std::string_view("X-Sum"), trailers->fields[0].nameIn(base));
    CPPUNIT_ASSERT_EQUAL(std::string_view("abc"), trailers->fields[0].valueIn(base));
    CPPUNIT_ASSERT(trailers->fields[0].endToEnd() && trailers->fields[1].endToEnd());
    CPPUNIT_ASSERT_EQUAL(std::string_view("X-Sum: abc \r\nETag: \"e\"\r\n\r\n"), decoder.trailerText());
    decoder.reset();
    CPPUNIT_ASSERT(decoder.trailers() == nullptr && decoder.trailerText().empty());
  }

  // RFC 9110 6.5.1
  void s35ForbidsTrailers() {
    ChunkedDecoder decoder;
    Decoded decoded;
    decodeOn(decoder, "0\r\nAuthorization: a\r\nSet-Cookie: b\r\nConnection: c\r\nX-Fine: d\r\n\r\n", decoded);
    CPPUNIT_ASSERT(decoded.event == Event::End);
    for (const HeaderField& field : decoder.trailers()->fields)
      CPPUNIT_ASSERT_EQUAL(field.id == HeaderId::Other, field.endToEnd());
    for (const char* name : {"Content-Length", "transfer-encoding", "HOST"})
      refused("0\r\n" + std::string(name) + ": 1\r\n\r\n");
    for (const char* line :
         {"X : 1\r\n\r\n", "X: 1\n\r\n", " X: 1\r\n\r\n", ": 1\r\n\r\n", "X: \x01\r\n\r\n", "X\r\n\r\n"})
      refused("0\r\n" + std::string(line));
  }

  void s35BoundsTrailers() {
    const auto sized = [](size_t size) { return "0\r\nX: " + std::string(size - 7, 'a') + "\r\n\r\n"; };
    CPPUNIT_ASSERT(decodeIn(sized(kMaxTrailerSize), 1000).event == Event::End);
    CPPUNIT_ASSERT(decodeIn(sized(kMaxTrailerSize + 1), 1000).event == Event::Failed);
    CPPUNIT_ASSERT(decodeIn(sized(kMaxTrailerSize + 1), 100000).event == Event::Failed);
    std::string many = "0\r\n";
    for (uint32_t i = 0; i < kMaxTrailerFields; ++i) many += "X: 1\r\n";
    CPPUNIT_ASSERT(decodeIn(many + "\r\n", 100000).event == Event::End);
    CPPUNIT_ASSERT(decodeIn(many + "X: 1\r\n\r\n", 100000).event == Event::Failed);
  }

  void s39LeavesTheNextMessageAlone() {
    for (const char* body : {"1\r\nx\r\n0\r\n\r\n", "0\r\nA: b\r\n\r\n"}) {
      const Decoded decoded = decode(std::string(body) + "GET / HTTP/1.1\r\n");
      CPPUNIT_ASSERT(decoded.event == Event::End);
      CPPUNIT_ASSERT_EQUAL(std::string_view(body).size(), decoded.consumed);
    }
  }

  void keepsItsAnswer() {
    ChunkedDecoder decoder;
    CPPUNIT_ASSERT(decoder.next("x").event == Event::Failed);
    CPPUNIT_ASSERT(decoder.next("0\r\n\r\n").event == Event::Failed);
    decoder.reset();
    CPPUNIT_ASSERT(decoder.next("0\r\n\r\n").event == Event::End);
    const ChunkedDecoder::Step again = decoder.next("more");
    CPPUNIT_ASSERT(again.event == Event::End && again.consumed == 0);
  }

  void writesChunkHeads() {
    ChunkHead head;
    CPPUNIT_ASSERT_EQUAL(std::string_view("1\r\n"), writeChunkHead(1, head));
    CPPUNIT_ASSERT_EQUAL(std::string_view("1a2b\r\n"), writeChunkHead(0x1a2b, head));
    CPPUNIT_ASSERT_EQUAL(std::string_view("ffffffffffffffff\r\n"), writeChunkHead(UINT64_MAX, head));
    gives("x", std::string(writeChunkHead(1, head)) + "x" + std::string(kChunkEnd) + std::string(kLastChunk));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChunkedTest);

}  // namespace
}  // namespace weir
