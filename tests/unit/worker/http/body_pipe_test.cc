// SPDX-License-Identifier: Apache-2.0
#include "worker/http/body_pipe.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <utility>

#include "tests/unit/worker/net/sockets.h"
#include "worker/event/loop.h"
#include "worker/http/body_reader.h"
#include "worker/http/message_writer.h"

namespace weir {

// Bytes of a body from one socket pair to another.
class BodyPipeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(BodyPipeTest);
  CPPUNIT_TEST(takesNoMoreThanTheBodyHas);
  CPPUNIT_TEST(nothingThereIsBlocked);
  CPPUNIT_TEST(aResetBehindTheBytesIsSeen);
  CPPUNIT_TEST(earlyEndIsClosed);
  CPPUNIT_TEST(whatTheSinkDoesNotTakeIsHeld);
  CPPUNIT_TEST(readerAndWriterAgreeOnTheEnd);
  CPPUNIT_TEST(whatIsBufferedGoesBeforeThePipe);
  CPPUNIT_TEST(aFullSinkTakesFromTheFront);
  CPPUNIT_TEST_SUITE_END();

  EventLoop loop_;
  PipePool pool_;
  BufferPool buffers_;
  std::pair<Fd, Fd> in_ = tcpPair();   // first: ours
  std::pair<Fd, Fd> out_ = tcpPair();  // first: ours
  TcpStream source_{loop_, std::move(in_.first)};
  TcpStream sink_{loop_, std::move(out_.first)};
  BodyPipe pipe_;

  void arrive(std::string_view bytes) {
    CPPUNIT_ASSERT_EQUAL(bytes.size(), sendNow(in_.second.get(), bytes));
    turn();
  }
  void turn() { loop_.turn(Milliseconds{100}); }

 public:
  void setUp() override {
    turn();  // both are known to be writable
    CPPUNIT_ASSERT(pipe_.open(pool_));
  }

  void takesNoMoreThanTheBodyHas() {
    arrive(
        "body"
        "next");
    IoResult got = pipe_.fill(source_, 4);
    CPPUNIT_ASSERT(got.status == IoStatus::Ok);
    CPPUNIT_ASSERT_EQUAL(size_t{4}, got.bytes);
    CPPUNIT_ASSERT(sink_.sendFrom(pipe_.pipe()).status == IoStatus::Ok);
    CPPUNIT_ASSERT(!pipe_.holds());
    CPPUNIT_ASSERT_EQUAL(std::string("body"), receiveNow(out_.second.get()));
  }

  void nothingThereIsBlocked() {
    CPPUNIT_ASSERT(pipe_.fill(source_, 4).status == IoStatus::Blocked);
    arrive("b");
    CPPUNIT_ASSERT(pipe_.fill(source_, 4).status == IoStatus::Ok);
    CPPUNIT_ASSERT(sink_.sendFrom(pipe_.pipe()).status == IoStatus::Ok);
    CPPUNIT_ASSERT(pipe_.fill(source_, 3).status == IoStatus::Blocked);
  }

  void aResetBehindTheBytesIsSeen() {
    arrive("bo");
    CPPUNIT_ASSERT(pipe_.fill(source_, 4).status == IoStatus::Ok);
    CPPUNIT_ASSERT(sink_.sendFrom(pipe_.pipe()).status == IoStatus::Ok);
    closeWithReset(std::move(in_.second));
    CPPUNIT_ASSERT(pipe_.fill(source_, 2).status == IoStatus::Failed);
  }

  void earlyEndIsClosed() {
    in_.second.reset();
    turn();
    CPPUNIT_ASSERT(pipe_.fill(source_, 4).status == IoStatus::Closed);
  }

  void whatTheSinkDoesNotTakeIsHeld() {
    setBufferSizes(sink_.fd(), 4096);
    std::string sent;
    for (std::string piece(32768, 'x'); !pipe_.holds();) {
      arrive(piece);
      while (pipe_.fill(source_, piece.size()).status == IoStatus::Ok) {
        sink_.sendFrom(pipe_.pipe());
        if (pipe_.holds()) break;
      }
      CPPUNIT_ASSERT((sent += piece).size() < 64 << 20);
    }
    CPPUNIT_ASSERT(!sink_.writable());
    pipe_.release();
    CPPUNIT_ASSERT_EQUAL(size_t{0}, pool_.idle());  // it holds a stranger's bytes
  }

  void readerAndWriterAgreeOnTheEnd() {
    BodyReader reader;
    MessageWriter writer;
    Buffer none;
    reader.begin(BodyFraming::Length, 6);
    writer.beginBody(BodyFraming::Length);
    CPPUNIT_ASSERT(writer.isTransparent());
    for (std::string_view piece : {"bo", "dies"}) {
      arrive(piece);
      reader.tookDirectly(pipe_.fill(source_, reader.direct(none)).bytes);
      CPPUNIT_ASSERT(writer.writeFrom(sink_, {}, pipe_.pipe(), reader.ended()).status == IoStatus::Ok);
    }
    CPPUNIT_ASSERT(reader.ended() && writer.finished());
    CPPUNIT_ASSERT_EQUAL(uint64_t{6}, reader.received());
    CPPUNIT_ASSERT_EQUAL(uint64_t{6}, writer.sent());
    CPPUNIT_ASSERT_EQUAL(uint64_t{0}, reader.direct(none));
  }

  // A head, the body's beginning that came with the peer's head, and the rest of it.
  void whatIsBufferedGoesBeforeThePipe() {
    BodyReader reader;
    MessageWriter writer;
    Buffer buffer = buffers_.take(100);
    buffer.append("bod");
    reader.begin(BodyFraming::Length, 8);
    CPPUNIT_ASSERT_EQUAL(uint64_t{5}, reader.direct(buffer));
    std::string_view head = "head:";
    head.copy(writer.room(buffers_, head.size()).data(), head.size());
    writer.staged(head.size());
    writer.beginBody(BodyFraming::Length);
    arrive("yends");
    reader.tookDirectly(pipe_.fill(source_, reader.direct(buffer)).bytes);
    CPPUNIT_ASSERT(!reader.ended());
    IoResult result = writer.writeFrom(sink_, buffer.data(), pipe_.pipe(), true);
    CPPUNIT_ASSERT_EQUAL(size_t{8}, result.bytes);
    reader.consume(buffer, buffer.size());
    CPPUNIT_ASSERT(reader.ended() && writer.finished() && !pipe_.holds());
    CPPUNIT_ASSERT_EQUAL(uint64_t{13}, writer.sent());
    CPPUNIT_ASSERT_EQUAL(std::string("head:bodyends"), receiveNow(out_.second.get()));
  }

  void aFullSinkTakesFromTheFront() {
    MessageWriter writer;
    setBufferSizes(sink_.fd(), 4096);
    writer.beginBody(BodyFraming::Length);
    std::string first(1 << 20, 'f');
    arrive("pipe");
    CPPUNIT_ASSERT(pipe_.fill(source_, 4).status == IoStatus::Ok);
    IoResult result = writer.writeFrom(sink_, first, pipe_.pipe(), true);
    CPPUNIT_ASSERT(result.status == IoStatus::Ok && result.bytes > 0 && result.bytes < first.size());
    CPPUNIT_ASSERT_EQUAL(size_t{4}, pipe_.pipe().size());
    CPPUNIT_ASSERT(writer.writeFrom(sink_, first, pipe_.pipe(), true).status == IoStatus::Blocked);
    CPPUNIT_ASSERT(!writer.finished());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(BodyPipeTest);

}  // namespace weir
