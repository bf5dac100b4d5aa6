// SPDX-License-Identifier: Apache-2.0
#include "worker/http/message_writer.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <unistd.h>

#include <random>
#include <string>

#include "shared/base/fd.h"
#include "tests/unit/worker/http/fake_stream.h"
#include "worker/codec/chunked.h"

namespace weir {
namespace {

constexpr std::string_view kHead = "HTTP/1.1 200 OK\r\n\r\n";

// The body of a chunked message, or "malformed"; with its end, that of "ended" is added.
std::string dechunk(std::string_view wire) {
  ChunkedDecoder decoder;
  std::string body;
  for (;;) {
    ChunkedDecoder::Step step = decoder.next(wire);
    wire.remove_prefix(step.consumed);
    body += step.data;
    if (step.event == ChunkedDecoder::Event::End) return wire.empty() ? body + "|ended" : "something behind the end";
    if (step.event == ChunkedDecoder::Event::NeedMore) return body;
    if (step.event == ChunkedDecoder::Event::Failed) return "malformed";
  }
}

}  // namespace

class MessageWriterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MessageWriterTest);
  CPPUNIT_TEST(headAloneIsFlushed);
  CPPUNIT_TEST(headAndBodyLeaveInOneCall);
  CPPUNIT_TEST(smallBodyIsCopiedBehindTheHead);
  CPPUNIT_TEST(emptyBodyEndsWithTheHead);
  CPPUNIT_TEST(identityKeepsNothingOfTheBody);
  CPPUNIT_TEST(chunkHeadBodyAndEndLeaveInOneCall);
  CPPUNIT_TEST(chunkedEndMayComeLater);
  CPPUNIT_TEST(chunkedEmptyBody);
  CPPUNIT_TEST(trailersFollowTheLastChunk);
  CPPUNIT_TEST(trailersOfAnEmptyBody);
  CPPUNIT_TEST(noTrailersWithoutChunks);
  CPPUNIT_TEST(anyAcceptanceGivesTheSameTrailers);
  CPPUNIT_TEST(announcedChunkIsKeptWhenLessIsOffered);
  CPPUNIT_TEST(announcedChunkIsKeptWhenMoreIsOffered);
  CPPUNIT_TEST(moreIsTakenWhileTheStreamTakesIt);
  CPPUNIT_TEST(blockedStreamIsNotTried);
  CPPUNIT_TEST(failureIsTold);
  CPPUNIT_TEST(holdsNoBufferWhenNothingWaits);
  CPPUNIT_TEST(growsForALargerHead);
  CPPUNIT_TEST(countsAllBytes);
  CPPUNIT_TEST(headAndFileInTheirOrder);
  CPPUNIT_TEST(theLastBytesLeaveWithTheEnd);
  CPPUNIT_TEST(noBytesAreNoReasonToWait);
  CPPUNIT_TEST(anyAcceptanceGivesTheSameIdentityBytes);
  CPPUNIT_TEST(anyAcceptanceGivesTheSameChunkedBody);
  CPPUNIT_TEST_SUITE_END();

  BufferPool pool_;
  FakeStream stream_;
  MessageWriter writer_;

  void head(std::string_view text = kHead) {
    std::span<char> room = writer_.room(pool_, text.size());
    CPPUNIT_ASSERT(room.size() >= text.size());
    text.copy(room.data(), text.size());
    writer_.staged(text.size());
  }
  IoResult write(std::string_view body, bool last) { return writer_.write(stream_, pool_, body, last); }
  void assertTaken(size_t bytes, IoResult result) {
    CPPUNIT_ASSERT(result.status == IoStatus::Ok || (bytes == 0 && result.status == IoStatus::Blocked));
    CPPUNIT_ASSERT_EQUAL(bytes, result.bytes);
  }
  void assertSent(std::string_view expected) { CPPUNIT_ASSERT_EQUAL(std::string(expected), stream_.sent()); }

  // Offers body in arbitrary pieces to a stream that takes arbitrary counts, as a proxy would, until all is sent.
  void sendArbitrarily(std::mt19937& random, std::string_view body) {
    auto upTo = [&](size_t n) { return static_cast<size_t>(random() % n); };
    size_t scale = 1 + upTo(body.size() + 50);
    for (int i = 0; i < 30; ++i) stream_.take(upTo(3) == 0 ? 0 : upTo(scale));
    size_t known = 0;  // what has arrived of the body
    size_t written = 0;
    for (int steps = 0; !writer_.finished() && steps < 10'000; ++steps) {
      if (known == written || upTo(4) == 0) known = std::min(body.size(), known + upTo(scale));
      if (upTo(5) == 0) known = body.size();
      IoResult result = write(body.substr(written, known - written), known == body.size());
      CPPUNIT_ASSERT(result.status != IoStatus::Failed);
      CPPUNIT_ASSERT(result.bytes <= known - written);
      written += result.bytes;
      // Whoever is not rid of all of it waits for the next edge: there must be one to come.
      if (written < known) CPPUNIT_ASSERT(!stream_.writable());
      stream_.becomeWritable();
    }
    CPPUNIT_ASSERT(writer_.finished());
    CPPUNIT_ASSERT_EQUAL(body.size(), written);
    CPPUNIT_ASSERT_EQUAL(uint64_t{stream_.sent().size()}, writer_.sent());
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
  }
  void restart() {
    stream_ = FakeStream();
    writer_.resetCount();
  }

 public:
  void headAloneIsFlushed() {
    head();
    stream_.take(7);
    CPPUNIT_ASSERT(writer_.flush(stream_).status == IoStatus::Blocked);
    CPPUNIT_ASSERT(writer_.hasStaged());
    stream_.becomeWritable();
    CPPUNIT_ASSERT(writer_.flush(stream_).status == IoStatus::Ok);
    assertSent(kHead);
    CPPUNIT_ASSERT(writer_.flush(stream_).status == IoStatus::Ok);
    CPPUNIT_ASSERT_EQUAL(2, stream_.sends());
  }

  void headAndBodyLeaveInOneCall() {
    std::string body(10'000, 'b');
    head();
    writer_.beginBody(BodyFraming::Length);
    assertTaken(body.size(), write(body, true));
    assertSent(std::string(kHead) + body);
    CPPUNIT_ASSERT_EQUAL(1, stream_.sends());
    CPPUNIT_ASSERT(writer_.finished());
  }

  void smallBodyIsCopiedBehindTheHead() {
    head();
    writer_.beginBody(BodyFraming::Length);
    stream_.take(0);
    assertTaken(5, write("hello", true));
    CPPUNIT_ASSERT(!writer_.finished());
    stream_.becomeWritable();
    CPPUNIT_ASSERT(writer_.flush(stream_).status == IoStatus::Ok);
    assertSent(std::string(kHead) + "hello");
    CPPUNIT_ASSERT(writer_.finished());
  }

  void emptyBodyEndsWithTheHead() {
    head();
    writer_.beginBody(BodyFraming::None);
    assertTaken(0, write("", true));
    assertSent(kHead);
    CPPUNIT_ASSERT(writer_.finished());
  }

  void identityKeepsNothingOfTheBody() {
    std::string body(10'000, 'b');
    writer_.beginBody(BodyFraming::UntilClose);
    stream_.take(4000);
    assertTaken(4000, write(body, true));
    CPPUNIT_ASSERT(!writer_.hasStaged() && !writer_.finished());
    stream_.becomeWritable();
    assertTaken(6000, write(body.substr(4000), true));
    CPPUNIT_ASSERT(writer_.finished());
  }

  void chunkHeadBodyAndEndLeaveInOneCall() {
    head();
    writer_.beginBody(BodyFraming::Chunked);
    assertTaken(5, write("hello", true));
    assertSent(std::string(kHead) + "5\r\nhello\r\n0\r\n\r\n");
    CPPUNIT_ASSERT_EQUAL(1, stream_.sends());
    CPPUNIT_ASSERT(writer_.finished());
  }

  void chunkedEndMayComeLater() {
    writer_.beginBody(BodyFraming::Chunked);
    assertTaken(5, write("hello", false));
    assertTaken(0, write("", false));
    CPPUNIT_ASSERT(!writer_.finished());
    assertTaken(0, write("", true));
    assertSent("5\r\nhello\r\n0\r\n\r\n");
    CPPUNIT_ASSERT(writer_.finished());
  }

  void chunkedEmptyBody() {
    head();
    writer_.beginBody(BodyFraming::Chunked);
    assertTaken(0, write("", true));
    assertSent(std::string(kHead) + "0\r\n\r\n");
  }

  void trailersFollowTheLastChunk() {
    writer_.beginBody(BodyFraming::Chunked);
    assertTaken(3, write("abc", false));
    writer_.addTrailer("X-Sum", "1");
    writer_.addTrailer("X-Time", "2");
    assertTaken(2, write("de", true));
    assertSent("3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\nX-Time: 2\r\n\r\n");
    CPPUNIT_ASSERT(writer_.finished());
    restart();
    writer_.beginBody(BodyFraming::Chunked);
    assertTaken(1, write("f", true));
    assertSent("1\r\nf\r\n0\r\n\r\n");
  }

  void trailersOfAnEmptyBody() {
    writer_.beginBody(BodyFraming::Chunked);
    writer_.addTrailer("X-Sum", "");
    assertTaken(0, write("", true));
    assertSent("0\r\nX-Sum: \r\n\r\n");
  }

  void noTrailersWithoutChunks() {
    for (BodyFraming framing : {BodyFraming::Length, BodyFraming::UntilClose}) {
      restart();
      writer_.beginBody(framing);
      writer_.addTrailer("X-Sum", "1");
      assertTaken(3, write("abc", true));
      assertSent("abc");
    }
  }

  void announcedChunkIsKeptWhenLessIsOffered() {
    writer_.beginBody(BodyFraming::Chunked);
    stream_.take(3);  // "a\r\n" of "a\r\n0123456789\r\n"
    assertTaken(0, write("0123456789", false));
    stream_.becomeWritable();
    assertTaken(4, write("0123", false));
    assertTaken(6, write("456789", false));
    assertSent("a\r\n0123456789\r\n");
  }

  void announcedChunkIsKeptWhenMoreIsOffered() {
    writer_.beginBody(BodyFraming::Chunked);
    stream_.take(3);
    assertTaken(0, write("0123456789", false));
    stream_.becomeWritable();
    assertTaken(15, write("0123456789abcde", true));
    assertSent("a\r\n0123456789\r\n5\r\nabcde\r\n0\r\n\r\n");
    CPPUNIT_ASSERT(writer_.finished());
  }

  void moreIsTakenWhileTheStreamTakesIt() {
    writer_.beginBody(BodyFraming::Chunked);
    stream_.take(5);
    assertTaken(2, write("0123456789", false));
    stream_.becomeWritable();
    assertTaken(10, write("23456789ab", false));
    CPPUNIT_ASSERT_EQUAL(std::string("0123456789ab"), dechunk(stream_.sent()));
  }

  void blockedStreamIsNotTried() {
    writer_.beginBody(BodyFraming::Chunked);
    stream_.take(0);
    write("hello", true);
    int sends = stream_.sends();
    assertTaken(0, write("hello", true));
    CPPUNIT_ASSERT(writer_.flush(stream_).status == IoStatus::Blocked);
    CPPUNIT_ASSERT_EQUAL(sends, stream_.sends());
  }

  void failureIsTold() {
    stream_.failSends();
    head();
    CPPUNIT_ASSERT(writer_.flush(stream_).status == IoStatus::Failed);
    for (BodyFraming framing : {BodyFraming::Length, BodyFraming::Chunked}) {
      writer_.beginBody(framing);
      IoResult result = write("hello", true);
      CPPUNIT_ASSERT(result.status == IoStatus::Failed);
      CPPUNIT_ASSERT_EQUAL(EPIPE, result.os_error);
    }
    writer_.abandon();
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
  }

  void holdsNoBufferWhenNothingWaits() {
    head();
    writer_.beginBody(BodyFraming::Chunked);
    write("hello", false);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.outstanding());
  }

  void growsForALargerHead() {
    head("first\n");
    head(std::string(20'000, 'h'));
    writer_.flush(stream_);
    assertSent("first\n" + std::string(20'000, 'h'));
  }

  void countsAllBytes() {
    head();
    writer_.beginBody(BodyFraming::Chunked);
    write("hello", true);
    CPPUNIT_ASSERT_EQUAL(uint64_t{stream_.sent().size()}, writer_.sent());
    writer_.resetCount();
    CPPUNIT_ASSERT_EQUAL(uint64_t{0}, writer_.sent());
  }

  void headAndFileInTheirOrder() {
    Fd file(::memfd_create("file", 0));
    CPPUNIT_ASSERT_EQUAL(ssize_t{10}, ::write(file.get(), "0123456789", 10));
    head();
    writer_.beginBody(BodyFraming::Length);
    stream_.take(kHead.size() - 1);
    CPPUNIT_ASSERT(writer_.writeFile(stream_, {file.get(), 2, 8}, true).status == IoStatus::Blocked);
    stream_.becomeWritable();
    assertTaken(8, writer_.writeFile(stream_, {file.get(), 2, 8}, true));
    assertSent(std::string(kHead) + "23456789");
    CPPUNIT_ASSERT_EQUAL(uint64_t{kHead.size() + 8}, writer_.sent());
  }

  void theLastBytesLeaveWithTheEnd() {
    for (size_t size : {10, 10'000}) {
      std::string body(size, 'b');
      head();
      writer_.beginBody(BodyFraming::Length, true);
      int joined = stream_.joinedSends();
      write(body, false);
      CPPUNIT_ASSERT_EQUAL(joined, stream_.joinedSends());
      CPPUNIT_ASSERT(!writer_.endIsDue());
      write(body, true);
      CPPUNIT_ASSERT_EQUAL(joined + 1, stream_.joinedSends());
      CPPUNIT_ASSERT(writer_.finished() && writer_.endIsDue());
      writer_.beginBody(BodyFraming::Length);
      CPPUNIT_ASSERT(!writer_.endIsDue());
    }
  }

  void noBytesAreNoReasonToWait() {
    head();
    writer_.beginBody(BodyFraming::UntilClose, true);
    write("body", false);
    write("", true);
    CPPUNIT_ASSERT(writer_.finished() && !writer_.endIsDue());
    CPPUNIT_ASSERT_EQUAL(0, stream_.joinedSends());
  }

  void anyAcceptanceGivesTheSameIdentityBytes() {
    std::mt19937 random(3);
    for (int round = 0; round < 2000; ++round) {
      restart();
      std::string body(random() % (round % 20 == 0 ? 30'000 : 300), 'x');
      for (char& c : body) c = static_cast<char>(random());
      head();
      writer_.beginBody(BodyFraming::Length);
      sendArbitrarily(random, body);
      CPPUNIT_ASSERT(stream_.sent() == std::string(kHead) + body);
    }
  }

  void anyAcceptanceGivesTheSameChunkedBody() {
    std::mt19937 random(4);
    for (int round = 0; round < 2000; ++round) {
      restart();
      std::string body(random() % (round % 20 == 0 ? 30'000 : 300), 'x');
      for (char& c : body) c = static_cast<char>(random());
      head();
      writer_.beginBody(BodyFraming::Chunked);
      sendArbitrarily(random, body);
      CPPUNIT_ASSERT(stream_.sent().starts_with(kHead));
      CPPUNIT_ASSERT(dechunk(stream_.sent().substr(kHead.size())) == body + "|ended");
    }
  }

  void anyAcceptanceGivesTheSameTrailers() {
    std::mt19937 random(5);
    for (int round = 0; round < 500; ++round) {
      restart();
      std::string body(random() % 300, 'x');
      writer_.beginBody(BodyFraming::Chunked);
      writer_.addTrailer("X-Sum", "1");
      sendArbitrarily(random, body);
      CPPUNIT_ASSERT(stream_.sent().ends_with("0\r\nX-Sum: 1\r\n\r\n"));
      CPPUNIT_ASSERT(dechunk(stream_.sent()) == body + "|ended");
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MessageWriterTest);

}  // namespace weir
