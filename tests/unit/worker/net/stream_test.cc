// SPDX-License-Identifier: Apache-2.0
#include "worker/net/stream.h"

#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <string>

#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"
#include "worker/net/pipe.h"

namespace weir {

class TcpStreamTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TcpStreamTest);
  CPPUNIT_TEST(receivesThenIsBlocked);
  CPPUNIT_TEST(shortReceiveNeedsNoSecondCall);
  CPPUNIT_TEST(fullReceiveMayHaveMore);
  CPPUNIT_TEST(endComesAfterTheBytes);
  CPPUNIT_TEST(resetFails);
  CPPUNIT_TEST(sendsPartsInOrder);
  CPPUNIT_TEST(takesWhatGoesAndTellsWhenMoreDoes);
  CPPUNIT_TEST(sendToNobodyFailsWithoutASignal);
  CPPUNIT_TEST(sendsAFile);
  CPPUNIT_TEST(aFilesEndIsNoReasonToWait);
  CPPUNIT_TEST(sendMoreWaitsForMore);
  CPPUNIT_TEST(aFailedSendMakesTheLastWordsReadable);
  CPPUNIT_TEST(shutdownSendEndsOneDirection);
  CPPUNIT_TEST(resetOnCloseResets);
  CPPUNIT_TEST(closeNowSendsWhatWaits);
  CPPUNIT_TEST(nagleIsOffOnceItCouldMatter);
  CPPUNIT_TEST(nagleIsOffBeforeMoreThanAPacket);
  CPPUNIT_TEST(nagleIsOffBeforeAFileAndAPipe);
  CPPUNIT_TEST_SUITE_END();

  EventLoop loop_;
  Fd far_;
  std::optional<TcpStream> near_;

  void turn() { loop_.turn(Milliseconds{20}); }
  IoResult send(std::string_view bytes) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    return near_->send({&part, 1});
  }
  // What one recv of at most this size gives; "blocked", "closed" or "failed" when it is not bytes.
  std::string recv(size_t size) {
    std::string bytes(size, '\0');
    IoResult got = near_->recv({bytes.data(), size});
    if (got.status == IoStatus::Blocked) return "blocked";
    if (got.status == IoStatus::Closed) return "closed";
    if (got.status == IoStatus::Failed) return "failed " + std::to_string(got.os_error);
    return bytes.substr(0, got.bytes);
  }

  bool delays() {
    int off = 0;
    socklen_t size = sizeof off;
    CPPUNIT_ASSERT_EQUAL(0, ::getsockopt(near_->fd(), IPPROTO_TCP, TCP_NODELAY, &off, &size));
    return off == 0;
  }

  // A file without a name that holds this.
  static Fd file(std::string_view content) {
    Fd fd(::memfd_create("file", 0));
    CPPUNIT_ASSERT_EQUAL(static_cast<ssize_t>(content.size()), ::write(fd.get(), content.data(), content.size()));
    return fd;
  }

 public:
  void setUp() override {
    auto [near, far] = tcpPair();
    near_.emplace(loop_, std::move(near));
    far_ = std::move(far);
  }
  void tearDown() override { near_.reset(); }

  void receivesThenIsBlocked() {
    sendNow(far_.get(), "hello");
    turn();
    CPPUNIT_ASSERT(near_->readable());
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), recv(100));
    CPPUNIT_ASSERT_EQUAL(std::string("blocked"), recv(100));
  }

  void shortReceiveNeedsNoSecondCall() {
    sendNow(far_.get(), "hello");
    turn();
    recv(100);
    CPPUNIT_ASSERT(!near_->readable());
    sendNow(far_.get(), "again");
    turn();
    CPPUNIT_ASSERT(near_->readable());
  }

  void fullReceiveMayHaveMore() {
    sendNow(far_.get(), "hello");
    turn();
    CPPUNIT_ASSERT_EQUAL(std::string("hel"), recv(3));
    CPPUNIT_ASSERT(near_->readable());
    CPPUNIT_ASSERT_EQUAL(std::string("lo"), recv(2));
    CPPUNIT_ASSERT(near_->readable());
    CPPUNIT_ASSERT_EQUAL(std::string("blocked"), recv(2));
    CPPUNIT_ASSERT(!near_->readable());
  }

  void endComesAfterTheBytes() {
    sendNow(far_.get(), "bye");
    far_.reset();
    turn();
    CPPUNIT_ASSERT(near_->hangup());
    CPPUNIT_ASSERT_EQUAL(std::string("bye"), recv(100));
    CPPUNIT_ASSERT(near_->readable());
    CPPUNIT_ASSERT_EQUAL(std::string("closed"), recv(100));
    CPPUNIT_ASSERT_EQUAL(std::string("closed"), recv(100));
  }

  void resetFails() {
    closeWithReset(std::move(far_));
    turn();
    CPPUNIT_ASSERT(near_->readable());
    CPPUNIT_ASSERT_EQUAL("failed " + std::to_string(ECONNRESET), recv(100));
  }

  void sendsPartsInOrder() {
    std::string a = "one ", b = "two ", c = "three";
    std::array<iovec, 3> parts{{{a.data(), a.size()}, {b.data(), b.size()}, {c.data(), c.size()}}};
    IoResult sent = near_->send(parts);
    CPPUNIT_ASSERT(sent.status == IoStatus::Ok);
    CPPUNIT_ASSERT_EQUAL(size_t{13}, sent.bytes);
    CPPUNIT_ASSERT_EQUAL(std::string("one two three"), receiveNow(far_.get()));
  }

  void takesWhatGoesAndTellsWhenMoreDoes() {
    turn();
    std::string much(1 << 22, 'x');
    size_t total = 0;
    while (near_->writable()) {
      IoResult sent = send(much);
      if (sent.status == IoStatus::Ok) total += sent.bytes;
      CPPUNIT_ASSERT(sent.status != IoStatus::Failed);
    }
    CPPUNIT_ASSERT(total > 0);
    // Meanwhile the kernel may have moved some of it on.
    for (IoResult sent = send(much); sent.status != IoStatus::Blocked; sent = send(much)) {
      CPPUNIT_ASSERT(sent.status == IoStatus::Ok);
      total += sent.bytes;
    }
    size_t received = 0;
    CPPUNIT_ASSERT(turnUntil(loop_, [&] {
      received += receiveNow(far_.get()).size();
      return near_->writable() && received == total;
    }));
    CPPUNIT_ASSERT(send("y").status == IoStatus::Ok);
  }

  void sendToNobodyFailsWithoutASignal() {
    closeWithReset(std::move(far_));
    turn();
    CPPUNIT_ASSERT(send("x").status == IoStatus::Failed);
    CPPUNIT_ASSERT(send("x").status == IoStatus::Failed);
  }

  void sendsAFile() {
    turn();
    Fd hello = file("say hello there");
    IoResult result = near_->sendFile({hello.get(), 4, 5});
    CPPUNIT_ASSERT(result.status == IoStatus::Ok && result.bytes == 5);
    CPPUNIT_ASSERT_EQUAL(std::string("hello"), receiveNow(far_.get()));
  }

  // S-48: who sends must see that a file was cut off, not wait for a socket that is writable.
  void aFilesEndIsNoReasonToWait() {
    turn();
    Fd hello = file("hello");
    IoResult part = near_->sendFile({hello.get(), 2, 100});
    CPPUNIT_ASSERT(part.status == IoStatus::Ok && part.bytes == 3);
    CPPUNIT_ASSERT(near_->writable());
    IoResult end = near_->sendFile({hello.get(), 5, 97});
    CPPUNIT_ASSERT(end.status == IoStatus::Ok && end.bytes == 0);
  }

  void sendMoreWaitsForMore() {
    turn();
    std::string head = "head ";
    iovec part{head.data(), head.size()};
    CPPUNIT_ASSERT(near_->sendMore({&part, 1}).status == IoStatus::Ok);
    char byte;
    CPPUNIT_ASSERT_EQUAL(ssize_t{-1}, ::recv(far_.get(), &byte, 1, MSG_DONTWAIT));
    Fd body = file("body");
    CPPUNIT_ASSERT_EQUAL(size_t{4}, near_->sendFile({body.get(), 0, 4}).bytes);
    CPPUNIT_ASSERT_EQUAL(std::string("head body"), receiveNow(far_.get()));
  }

  // The edge of the reset came with that of the bytes, and the short read struck both.
  void aFailedSendMakesTheLastWordsReadable() {
    sendNow(far_.get(), "413 ");
    closeWithReset(std::move(far_));
    turn();
    CPPUNIT_ASSERT_EQUAL(std::string("413 "), recv(100));
    CPPUNIT_ASSERT(!near_->readable());
    CPPUNIT_ASSERT(send("x").status == IoStatus::Failed);
    CPPUNIT_ASSERT(near_->readable());
  }

  void shutdownSendEndsOneDirection() {
    near_->shutdownSend();
    CPPUNIT_ASSERT(atEnd(far_.get()));
    sendNow(far_.get(), "still");
    turn();
    CPPUNIT_ASSERT_EQUAL(std::string("still"), recv(100));
  }

  void closeNowSendsWhatWaits() {
    iovec part{const_cast<char*>("last"), 4};
    CPPUNIT_ASSERT_EQUAL(size_t{4}, near_->sendMore({&part, 1}).bytes);
    CPPUNIT_ASSERT_EQUAL(std::string(), receiveNow(far_.get()));
    near_->closeNow();
    CPPUNIT_ASSERT_EQUAL(-1, near_->fd());
    CPPUNIT_ASSERT_EQUAL(std::string("last"), receiveNow(far_.get()));
    CPPUNIT_ASSERT(atEnd(far_.get()));
  }

  void resetOnCloseResets() {
    near_->resetOnClose();
    near_.reset();
    CPPUNIT_ASSERT_EQUAL(ECONNRESET, receiveError(far_.get()));
  }

  void nagleIsOffOnceItCouldMatter() {
    near_->disableNagleWhenItMatters();
    turn();
    send("a request");
    CPPUNIT_ASSERT(delays());
    send("the next");
    CPPUNIT_ASSERT(!delays());
    CPPUNIT_ASSERT_EQUAL(std::string("a requestthe next"), receiveNow(far_.get()));
  }

  void nagleIsOffBeforeMoreThanAPacket() {
    near_->disableNagleWhenItMatters();
    turn();
    send(std::string(537, 'x'));
    CPPUNIT_ASSERT(!delays());
    near_->disableNagleWhenItMatters();
    char byte = 'x';
    iovec part{&byte, 1};
    near_->sendMore({&part, 1});
    CPPUNIT_ASSERT(!delays());
  }

  void nagleIsOffBeforeAFileAndAPipe() {
    turn();
    std::string many(1000, 'x');
    near_->disableNagleWhenItMatters();
    CPPUNIT_ASSERT_EQUAL(size_t{1000}, near_->sendFile({file(many).get(), 0, 1000}).bytes);
    CPPUNIT_ASSERT(!delays());
    near_->disableNagleWhenItMatters();
    PipePool pipes;
    Pipe pipe = pipes.take();
    sendNow(far_.get(), many);
    turn();
    CPPUNIT_ASSERT_EQUAL(size_t{1000}, near_->recvInto(pipe, 2000).bytes);
    CPPUNIT_ASSERT_EQUAL(size_t{1000}, near_->sendFrom(pipe).bytes);
    CPPUNIT_ASSERT(!delays());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TcpStreamTest);

}  // namespace weir
