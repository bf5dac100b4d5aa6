// SPDX-License-Identifier: Apache-2.0
#include "worker/net/datagram_batch.h"

#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>

#include <memory>
#include <string>

#include "shared/base/fd.h"

namespace weir {

class DatagramBatchTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DatagramBatchTest);
  CPPUNIT_TEST(severalAtOnce);
  CPPUNIT_TEST(noneIsNoError);
  CPPUNIT_TEST(fullBatchesLeaveTheRest);
  CPPUNIT_TEST(theLargestIsWhole);
  CPPUNIT_TEST(answersLeaveByTheAddressThatWasAsked);
  CPPUNIT_TEST(whyOneWasNotSent);
  CPPUNIT_TEST(partsAreOneDatagram);
  CPPUNIT_TEST_SUITE_END();

  using Names = DatagramBatch::Names;

  Fd server_, client_;
  std::unique_ptr<DatagramBatch> batch_;

  static Fd bound(const std::string& address) {
    Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    socklen_t size = Address::parse(address)->toSockaddr(storage);
    CPPUNIT_ASSERT(::bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0);
    return fd;
  }
  static void connect(const Fd& fd, const Address& to) {
    sockaddr_storage storage;
    socklen_t size = to.toSockaddr(storage);
    CPPUNIT_ASSERT(::connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0);
  }
  void say(const std::string& bytes) {
    CPPUNIT_ASSERT(::send(client_.get(), bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  }
  std::string hear() {
    std::string bytes(70'000, '\0');
    ssize_t got = ::recv(client_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return bytes;
  }

 public:
  void setUp() override {
    batch_ = std::make_unique<DatagramBatch>();
    server_ = bound("127.0.0.1:0");
    client_ = bound("127.0.0.1:0");
    connect(client_, Address::local(server_.get()));
  }

  void severalAtOnce() {
    for (const char* text : {"one", "", "three"}) say(text);
    auto got = batch_->receive(server_.get(), Names::Known);
    CPPUNIT_ASSERT(got.count == 3 && got.drained && batch_->size() == 3);
    CPPUNIT_ASSERT_EQUAL(std::string("three"), std::string(batch_->bytes(2)));
    CPPUNIT_ASSERT(batch_->bytes(1).empty());
    Address from = Address::fromSockaddr(reinterpret_cast<const sockaddr*>(&batch_->name(0)), batch_->nameSize(0));
    CPPUNIT_ASSERT(from == Address::local(client_.get()));
  }

  void noneIsNoError() {
    auto got = batch_->receive(server_.get(), Names::Known);
    CPPUNIT_ASSERT(got.count == 0 && got.drained);
  }

  void fullBatchesLeaveTheRest() {
    for (size_t i = 0; i < DatagramBatch::kMost + 1; ++i) say("x");
    auto got = batch_->receive(server_.get(), Names::Known);
    CPPUNIT_ASSERT(got.count == DatagramBatch::kMost && !got.drained && batch_->full());
    batch_->clear();
    CPPUNIT_ASSERT_EQUAL(size_t{1}, batch_->receive(server_.get(), Names::Known).count);
  }

  void theLargestIsWhole() {
    std::string large(65'507, 'l');
    say(large);
    batch_->receive(server_.get(), Names::Known);
    CPPUNIT_ASSERT(batch_->bytes(0) == large);
  }

  // IP_PKTINFO both ways.
  void answersLeaveByTheAddressThatWasAsked() {
    Fd any = bound("0.0.0.0:0");
    int on = 1;
    ::setsockopt(any.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    connect(client_, *Address::parse("127.0.0.9:" + std::to_string(Address::local(any.get()).port())));
    say("question");
    batch_->receive(any.get(), Names::Known);
    Address local = batch_->local(0);
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.9"), local.ipString());
    sockaddr_storage to = batch_->name(0);
    batch_->direct(0, to, batch_->nameSize(0), local);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, batch_->send(any.get(), 0, 1, Names::Known).count);
    CPPUNIT_ASSERT_EQUAL(std::string("question"), hear());
  }

  void whyOneWasNotSent() {
    say("x");
    batch_->receive(server_.get(), Names::Known);
    Fd nobody = bound("127.0.0.1:0");
    Address gone = Address::local(nobody.get());
    nobody.reset();
    Fd fd = bound("127.0.0.1:0");
    connect(fd, gone);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, batch_->send(fd.get(), 0, 1, Names::Unknown).count);
    auto again = batch_->send(fd.get(), 0, 1, Names::Unknown);
    CPPUNIT_ASSERT_EQUAL(ECONNREFUSED, again.os_error);
  }

  void partsAreOneDatagram() {
    connect(server_, Address::local(client_.get()));
    CPPUNIT_ASSERT_EQUAL(0, DatagramBatch::sendJoined(server_.get(), "head ", "body"));
    CPPUNIT_ASSERT_EQUAL(std::string("head body"), hear());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DatagramBatchTest);

}  // namespace weir
