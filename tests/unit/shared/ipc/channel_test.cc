// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/channel.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

namespace weir {

class ChannelTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ChannelTest);
  CPPUNIT_TEST(messagesArriveWholeAndInOrder);
  CPPUNIT_TEST(descriptorsArriveAndCloseOnExec);
  CPPUNIT_TEST(theLargestMessageFits);
  CPPUNIT_TEST(whatDoesNotFitIsQueuedWithItsDescriptors);
  CPPUNIT_TEST(aReaderThatNeverReadsIsAnErrorInTheEnd);
  CPPUNIT_TEST(aClosedPeerIsAnErrorForBothDirections);
  CPPUNIT_TEST(whatWasSentBeforeTheCloseStillArrives);
  CPPUNIT_TEST(nonsenseIsAnError);
  CPPUNIT_TEST(nonsenseLeaksNoDescriptor);
  CPPUNIT_TEST(descriptorsForWhichThereIsNoRoomAreMissed);
  CPPUNIT_TEST(keysSurvive);
  CPPUNIT_TEST(preparedSurvives);
  CPPUNIT_TEST(preparedIsCutToAMessage);
  CPPUNIT_TEST_SUITE_END();

  void send(MessageType type, uint64_t generation = 0, std::string payload = {},
            const std::vector<int>& descriptors = {}) {
    CPPUNIT_ASSERT(master_.send(type, generation, std::move(payload), descriptors).ok());
  }
  Message expectMessage() {
    auto message = child_.receive();
    CPPUNIT_ASSERT(message.ok() && message.value());
    return std::move(*message.value());
  }
  void expectNothing() {
    auto message = child_.receive();
    CPPUNIT_ASSERT(message.ok() && !message.value());
  }
  void expectClosed() { CPPUNIT_ASSERT(!child_.receive().ok()); }
  // Until the socket takes no more: everything after this is queued.
  int fill(const std::vector<int>& descriptors = {}) {
    int sent = 0;
    while (!master_.wantsWrite()) send(MessageType::Reopen, static_cast<uint64_t>(sent++), "x", descriptors);
    return sent;
  }
  static bool sameFile(int a, int b) {
    struct stat first, second;
    CPPUNIT_ASSERT(fstat(a, &first) == 0 && fstat(b, &second) == 0);
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
  }
  static int lowestFree() { return Fd(dup(0)).get(); }

  Channel master_;
  Channel child_;

 public:
  void setUp() override {
    auto ends = Channel::pair();
    CPPUNIT_ASSERT(ends.ok());
    master_ = std::move(ends->first);
    child_ = std::move(ends->second);
  }

  void messagesArriveWholeAndInOrder() {
    send(MessageType::Bundle, 7, "first");
    send(MessageType::Prepare, 7);
    Message first = expectMessage();
    CPPUNIT_ASSERT(first.type == MessageType::Bundle);
    CPPUNIT_ASSERT_EQUAL(uint64_t{7}, first.generation);
    CPPUNIT_ASSERT_EQUAL(std::string("first"), first.payload);
    CPPUNIT_ASSERT(expectMessage().type == MessageType::Prepare);
    expectNothing();
  }

  void descriptorsArriveAndCloseOnExec() {
    send(MessageType::Descriptors, 1, joinKeys({"a", "b"}), {master_.fd(), child_.fd()});
    Message message = expectMessage();
    CPPUNIT_ASSERT_EQUAL(size_t{2}, message.descriptors.size());
    CPPUNIT_ASSERT(sameFile(master_.fd(), message.descriptors[0].get()));
    CPPUNIT_ASSERT(sameFile(child_.fd(), message.descriptors[1].get()));
    CPPUNIT_ASSERT(fcntl(message.descriptors[0].get(), F_GETFD) & FD_CLOEXEC);
  }

  void theLargestMessageFits() {
    send(MessageType::Descriptors, 1, std::string(Channel::kMaxPayload, 'x'),
         std::vector<int>(Channel::kMaxDescriptors, 0));
    Message message = expectMessage();
    CPPUNIT_ASSERT_EQUAL(Channel::kMaxPayload, message.payload.size());
    CPPUNIT_ASSERT_EQUAL(Channel::kMaxDescriptors, message.descriptors.size());
  }

  void whatDoesNotFitIsQueuedWithItsDescriptors() {
    int sent = fill();
    {
      Fd closed_by_the_sender(dup(child_.fd()));
      send(MessageType::Commit, 9, "last", {closed_by_the_sender.get()});
    }
    for (int i = 0; i < sent; ++i) {
      CPPUNIT_ASSERT_EQUAL(static_cast<uint64_t>(i), expectMessage().generation);
      CPPUNIT_ASSERT(master_.flush().ok());
    }
    CPPUNIT_ASSERT(!master_.wantsWrite());
    Message last = expectMessage();
    CPPUNIT_ASSERT(last.type == MessageType::Commit);
    CPPUNIT_ASSERT(sameFile(child_.fd(), last.descriptors.at(0).get()));
    expectNothing();
  }

  void aReaderThatNeverReadsIsAnErrorInTheEnd() {
    fill();
    bool failed = false;
    for (size_t i = 0; i < Channel::kMaxQueued && !failed; ++i) failed = !master_.send(MessageType::Reopen).ok();
    CPPUNIT_ASSERT(failed);
  }

  void aClosedPeerIsAnErrorForBothDirections() {
    master_.close();
    expectClosed();
    CPPUNIT_ASSERT(!child_.send(MessageType::Drained).ok());
  }

  void whatWasSentBeforeTheCloseStillArrives() {
    send(MessageType::Quit);
    master_.close();
    CPPUNIT_ASSERT(expectMessage().type == MessageType::Quit);
    expectClosed();
  }

  void nonsenseIsAnError() {
    CPPUNIT_ASSERT(::send(master_.fd(), "short", 5, 0) == 5);
    expectClosed();
    uint64_t unknown_type[2] = {1, 99};
    CPPUNIT_ASSERT(::send(master_.fd(), unknown_type, sizeof unknown_type, 0) > 0);
    expectClosed();
  }

  void nonsenseLeaksNoDescriptor() {
    int before = lowestFree();
    std::string huge(Channel::kMaxPayload + 1000, 'x');
    CPPUNIT_ASSERT(::send(master_.fd(), huge.data(), huge.size(), 0) > 0);
    expectClosed();
    CPPUNIT_ASSERT_EQUAL(before, lowestFree());
  }

  void descriptorsForWhichThereIsNoRoomAreMissed() {
    send(MessageType::Descriptors, 1, joinKeys({"a", "b"}), {master_.fd(), child_.fd()});
    send(MessageType::Prepare, 1);
    rlimit limit{};
    CPPUNIT_ASSERT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    rlimit tight{static_cast<rlim_t>(lowestFree()) + 1, limit.rlim_max};
    CPPUNIT_ASSERT(setrlimit(RLIMIT_NOFILE, &tight) == 0);
    Message message = expectMessage();
    CPPUNIT_ASSERT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, message.descriptors.size());
    CPPUNIT_ASSERT(!message.complete);
    CPPUNIT_ASSERT(expectMessage().complete);
  }

  void keysSurvive() {
    std::vector<std::string> keys{"listen:127.0.0.1:80", "log:/var/log/a b.log", "errorlog"};
    CPPUNIT_ASSERT(splitKeys(joinKeys(keys)) == keys);
    CPPUNIT_ASSERT(splitKeys("").empty());
    CPPUNIT_ASSERT(splitKeys("not terminated").empty());
  }

  void preparedSurvives() {
    PreparedAnswer yes = readPrepared(preparedPayload(true, ""));
    CPPUNIT_ASSERT(yes.ok && yes.text.empty());
    PreparedAnswer no = readPrepared(preparedPayload(false, "a\nb\n"));
    CPPUNIT_ASSERT(!no.ok);
    CPPUNIT_ASSERT_EQUAL(std::string("a\nb\n"), no.text);
    CPPUNIT_ASSERT(!readPrepared("").ok);
  }

  void preparedIsCutToAMessage() {
    send(MessageType::Prepared, 1, preparedPayload(false, std::string(1'000'000, 'x')));
    CPPUNIT_ASSERT_EQUAL(Channel::kMaxPayload, expectMessage().payload.size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChannelTest);

}  // namespace weir
