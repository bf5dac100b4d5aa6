// SPDX-License-Identifier: Apache-2.0
#include "worker/net/datagram_batch.h"

#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>

#include <initializer_list>
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
  CPPUNIT_TEST(datagramsOfOneSizeTravelAsATrain);
  CPPUNIT_TEST(unequalOnesKeepTheirOrder);
  CPPUNIT_TEST(aTrainGoesToWhoTakesNone);
  CPPUNIT_TEST(largeOnesTakeSeveralTrains);
  CPPUNIT_TEST(aBatchIsAsNewWhenItIsUsedAgain);
  CPPUNIT_TEST_SUITE_END();

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
    auto got = batch_->receive(server_.get());
    CPPUNIT_ASSERT(got.count == 3 && got.drained && batch_->size() == 3);
    CPPUNIT_ASSERT_EQUAL(std::string("three"), std::string(batch_->bytes(2)));
    CPPUNIT_ASSERT(batch_->bytes(1).empty());
    Address from = Address::fromSockaddr(reinterpret_cast<const sockaddr*>(&batch_->name(0)), batch_->nameSize(0));
    CPPUNIT_ASSERT(from == Address::local(client_.get()));
  }

  void noneIsNoError() {
    auto got = batch_->receive(server_.get());
    CPPUNIT_ASSERT(got.count == 0 && got.drained);
  }

  void fullBatchesLeaveTheRest() {
    for (size_t i = 0; i < DatagramBatch::kMost + 1; ++i) say("x");
    auto got = batch_->receive(server_.get());
    CPPUNIT_ASSERT(got.count == DatagramBatch::kMost && !got.drained && batch_->full());
    batch_->clear();
    CPPUNIT_ASSERT_EQUAL(size_t{1}, batch_->receive(server_.get()).count);
  }

  void theLargestIsWhole() {
    std::string large(65'507, 'l');
    say(large);
    batch_->receive(server_.get());
    CPPUNIT_ASSERT(batch_->bytes(0) == large);
  }

  // IP_PKTINFO both ways.
  void answersLeaveByTheAddressThatWasAsked() {
    Fd any = bound("0.0.0.0:0");
    int on = 1;
    ::setsockopt(any.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    connect(client_, *Address::parse("127.0.0.9:" + std::to_string(Address::local(any.get()).port())));
    say("question");
    batch_->receive(any.get());
    Address local = batch_->local(0);
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.9"), local.ipString());
    DatagramBatch::Destination to{batch_->name(0), batch_->nameSize(0), local};
    CPPUNIT_ASSERT_EQUAL(size_t{1}, batch_->send(any.get(), 0, 1, &to).count);
    CPPUNIT_ASSERT_EQUAL(std::string("question"), hear());
  }

  void whyOneWasNotSent() {
    say("x");
    batch_->receive(server_.get());
    Fd nobody = bound("127.0.0.1:0");
    Address gone = Address::local(nobody.get());
    nobody.reset();
    Fd fd = bound("127.0.0.1:0");
    connect(fd, gone);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, batch_->send(fd.get(), 0, 1, nullptr).count);
    auto again = batch_->send(fd.get(), 0, 1, nullptr);
    CPPUNIT_ASSERT_EQUAL(ECONNREFUSED, again.os_error);
  }

  void partsAreOneDatagram() {
    connect(server_, Address::local(client_.get()));
    CPPUNIT_ASSERT_EQUAL(0, DatagramBatch::sendJoined(server_.get(), "head ", "body"));
    CPPUNIT_ASSERT_EQUAL(std::string("head body"), hear());
  }

  // From server_ to client_, whose socket takes trains or does not.
  size_t pass(std::initializer_list<std::string> texts) {
    connect(server_, Address::local(client_.get()));
    for (const std::string& text : texts) say(text);
    batch_->clear();
    batch_->receive(server_.get());
    return batch_->send(server_.get(), 0, batch_->size(), nullptr).count;
  }

  void datagramsOfOneSizeTravelAsATrain() {
    DatagramBatch::allowTrains(client_.get());
    CPPUNIT_ASSERT_EQUAL(size_t{3}, pass({"aaaa", "bbbb", "cc"}));
    batch_->clear();
    auto got = batch_->receive(client_.get());
    CPPUNIT_ASSERT_EQUAL(size_t{1}, got.count);
    CPPUNIT_ASSERT_EQUAL(size_t{3}, batch_->datagrams(0));
    CPPUNIT_ASSERT_EQUAL(std::string("aaaabbbbcc"), std::string(batch_->bytes(0)));
    // And it goes on as one: back to who takes single ones.
    CPPUNIT_ASSERT_EQUAL(size_t{1}, batch_->send(client_.get(), 0, 1, nullptr).count);
    batch_->clear();
    CPPUNIT_ASSERT_EQUAL(size_t{3}, batch_->receive(server_.get()).count);
    CPPUNIT_ASSERT_EQUAL(std::string("cc"), std::string(batch_->bytes(2)));
    CPPUNIT_ASSERT_EQUAL(size_t{3}, batch_->datagrams(0, 3));
  }

  void unequalOnesKeepTheirOrder() {
    CPPUNIT_ASSERT_EQUAL(size_t{7}, pass({"a", "bbb", "ccc", "dd", "", "ee", "ffff"}));
    for (const char* text : {"a", "bbb", "ccc", "dd", "", "ee", "ffff"})
      CPPUNIT_ASSERT_EQUAL(std::string(text), hear());
  }

  void aTrainGoesToWhoTakesNone() {
    CPPUNIT_ASSERT_EQUAL(size_t{2}, pass({"one!", "two!"}));
    CPPUNIT_ASSERT_EQUAL(std::string("one!"), hear());
    CPPUNIT_ASSERT_EQUAL(std::string("two!"), hear());
  }

  // Of a size that no device takes whole (sockets of loopback take 64 KB: it is asked to segment what one packet is
  // not).
  void largeOnesTakeSeveralTrains() {
    std::string large(30'000, 'x');
    connect(server_, Address::local(client_.get()));
    for (int i = 0; i < 3; ++i) say(large);
    batch_->receive(server_.get());
    for (size_t first = 0; first < 3;) {
      auto sent = batch_->send(server_.get(), first, 3, nullptr);
      CPPUNIT_ASSERT(sent.count > 0);
      first += sent.count;
    }
    for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT(hear() == large);
  }

  void aBatchIsAsNewWhenItIsUsedAgain() {
    for (int round = 0; round < 3; ++round) {
      for (const char* text : {"a", "bb"}) say(text);
      batch_->clear();
      batch_->receive(server_.get());
      CPPUNIT_ASSERT_EQUAL(std::string("bb"), std::string(batch_->bytes(1)));
      CPPUNIT_ASSERT_EQUAL(socklen_t{sizeof(sockaddr_in)}, batch_->nameSize(1));
      CPPUNIT_ASSERT_EQUAL(size_t{2}, batch_->datagrams(0, 2));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DatagramBatchTest);

}  // namespace weir
