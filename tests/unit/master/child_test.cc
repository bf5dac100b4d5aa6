// SPDX-License-Identifier: Apache-2.0
#include "master/child.h"

#include <cppunit/extensions/HelperMacros.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "shared/stats/segment.h"

namespace weir {

class ChildTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ChildTest);
  CPPUNIT_TEST(anOfferIsBundleDescriptorsPrepare);
  CPPUNIT_TEST(manyDescriptorsTravelInManyMessages);
  CPPUNIT_TEST(servesAfterCommitted);
  CPPUNIT_TEST(lateAnswersAreIgnored);
  CPPUNIT_TEST(anAbortLeavesAServingChildServing);
  CPPUNIT_TEST(anAbortEndsAChildThatNeverServed);
  CPPUNIT_TEST(aChildThatDoesNotPrepareIsKilled);
  CPPUNIT_TEST(aQuitBecomesAStopBecomesAKill);
  CPPUNIT_TEST(aQuitWithoutLimitWaits);
  CPPUNIT_TEST(aClosedChannelIsALastWarning);
  CPPUNIT_TEST(whoHangsIsAborted);
  CPPUNIT_TEST(whoSurvivesItIsKilled);
  CPPUNIT_TEST(toldToEndAndEndedIsOk);
  CPPUNIT_TEST(everythingElseIsNot);
  CPPUNIT_TEST_SUITE_END();

  using State = Child::State;
  static constexpr Instant kStart{Microseconds(1'000'000'000)};

  Message next() {
    auto message = other_end_.receive();
    CPPUNIT_ASSERT(message.ok() && message.value());
    return std::move(*message.value());
  }
  void expectMessages(std::vector<MessageType> types) {
    for (MessageType type : types) CPPUNIT_ASSERT(next().type == type);
    auto nothing = other_end_.receive();
    CPPUNIT_ASSERT(nothing.ok() && !nothing.value());
  }
  void expect(State state) { CPPUNIT_ASSERT(child_->state() == state); }
  // As after a first generation.
  void makeServing() {
    child_->offer({1, 0, {}}, now_);
    CPPUNIT_ASSERT(child_->onPrepared(1));
    child_->commit(now_);
    CPPUNIT_ASSERT(child_->onCommitted(1));
    expectMessages({MessageType::Bundle, MessageType::Prepare, MessageType::Commit});
  }
  void passDeadline() {
    CPPUNIT_ASSERT(child_->deadline() != kNever);
    now_ = child_->deadline();
    child_->onDeadline(now_);
  }
  // Of the process behind the child, once it was killed.
  Ending killedEnding() {
    int status = 0;
    CPPUNIT_ASSERT_EQUAL(child_->pid(), waitpid(child_->pid(), &status, 0));
    return child_->ending(status);
  }
  static int exited(int code) { return code << 8; }

  Instant now_;
  Channel other_end_;
  std::unique_ptr<Child> child_;

 public:
  void setUp() override {
    now_ = kStart;
    auto ends = Channel::pair();
    CPPUNIT_ASSERT(ends.ok());
    pid_t pid = fork();
    if (pid == 0) {
      for (;;) pause();
    }
    other_end_ = std::move(ends->second);
    child_ = std::make_unique<Child>(3, pid, std::move(ends->first), now_);
  }
  void tearDown() override {
    kill(child_->pid(), SIGKILL);
    waitpid(child_->pid(), nullptr, 0);
  }

  void anOfferIsBundleDescriptorsPrepare() {
    child_->offer({7, 0, {{"errorlog", 1}, {"listen:x", 2}}}, now_);
    expect(State::Preparing);
    CPPUNIT_ASSERT(!child_->isSettled());
    Message bundle = next();
    CPPUNIT_ASSERT(bundle.type == MessageType::Bundle);
    CPPUNIT_ASSERT_EQUAL(uint64_t{7}, bundle.generation);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, bundle.descriptors.size());
    Message descriptors = next();
    CPPUNIT_ASSERT(splitKeys(descriptors.payload) == (std::vector<std::string>{"errorlog", "listen:x"}));
    CPPUNIT_ASSERT_EQUAL(size_t{2}, descriptors.descriptors.size());
    expectMessages({MessageType::Prepare});
  }

  void manyDescriptorsTravelInManyMessages() {
    Offer offer{1, 0, {}};
    for (size_t i = 0; i < Channel::kMaxDescriptors + 1; ++i) offer.descriptors.push_back({"key", 0});
    child_->offer(offer, now_);
    CPPUNIT_ASSERT(next().type == MessageType::Bundle);
    CPPUNIT_ASSERT_EQUAL(Channel::kMaxDescriptors, next().descriptors.size());
    CPPUNIT_ASSERT_EQUAL(size_t{1}, next().descriptors.size());
  }

  void servesAfterCommitted() {
    makeServing();
    expect(State::Serving);
    CPPUNIT_ASSERT(child_->isSettled());
    CPPUNIT_ASSERT(child_->deadline() == kNever);
  }

  void lateAnswersAreIgnored() {
    makeServing();
    child_->offer({2, 0, {}}, now_);
    CPPUNIT_ASSERT(!child_->onPrepared(1));
    CPPUNIT_ASSERT(!child_->onCommitted(2));
    child_->abort(now_);
    CPPUNIT_ASSERT(!child_->onPrepared(2));
    expect(State::Serving);
  }

  void anAbortLeavesAServingChildServing() {
    makeServing();
    child_->offer({2, 0, {}}, now_);
    child_->abort(now_);
    expect(State::Serving);
    expectMessages({MessageType::Bundle, MessageType::Prepare, MessageType::Abort});
  }

  void anAbortEndsAChildThatNeverServed() {
    child_->offer({1, 0, {}}, now_);
    child_->abort(now_);
    expect(State::Stopping);
    expectMessages({MessageType::Bundle, MessageType::Prepare, MessageType::Abort, MessageType::Stop});
  }

  void aChildThatDoesNotPrepareIsKilled() {
    makeServing();
    child_->offer({2, 0, {}}, now_);
    CPPUNIT_ASSERT(child_->deadline() == now_ + Child::kAnswerLimit);
    passDeadline();
    Ending ending = killedEnding();
    CPPUNIT_ASSERT(ending.reason == ExitReason::Hang);
    CPPUNIT_ASSERT(ending.text.find("did not prepare the configuration in time") != std::string::npos);
  }

  void aQuitBecomesAStopBecomesAKill() {
    makeServing();
    child_->quit(Milliseconds(60'000), now_);
    CPPUNIT_ASSERT(child_->deadline() == now_ + Milliseconds(60'000));
    passDeadline();
    expectMessages({MessageType::Quit, MessageType::Stop});
    passDeadline();
    CPPUNIT_ASSERT(killedEnding().reason == ExitReason::DrainTimeout);
  }

  void aQuitWithoutLimitWaits() {
    makeServing();
    child_->quit(Milliseconds(0), now_);
    CPPUNIT_ASSERT(child_->deadline() == kNever);
  }

  void aClosedChannelIsALastWarning() {
    makeServing();
    child_->channel().close();
    child_->silence(now_);
    child_->abort(now_);
    expect(State::Silent);
    CPPUNIT_ASSERT(!child_->isSettled());
    passDeadline();
    CPPUNIT_ASSERT(killedEnding().reason == ExitReason::Hang);
  }

  void whoHangsIsAborted() {
    makeServing();
    CPPUNIT_ASSERT(child_->isWatched());
    ::kill(child_->pid(), SIGSTOP);
    child_->crash("was stopped", now_);
    CPPUNIT_ASSERT(!child_->isWatched() && !child_->isSettled());
    Ending ending = killedEnding();
    CPPUNIT_ASSERT(ending.reason == ExitReason::Hang);
    CPPUNIT_ASSERT(ending.text.find(" was stopped, and was killed by signal 6 (Aborted)") != std::string::npos);
  }

  void whoSurvivesItIsKilled() {
    makeServing();
    int ready[2];
    CPPUNIT_ASSERT_EQUAL(0, pipe(ready));
    pid_t deaf = fork();
    if (deaf == 0) {
      signal(SIGABRT, SIG_IGN);
      CPPUNIT_ASSERT_EQUAL(ssize_t{1}, write(ready[1], "", 1));
      for (;;) pause();
    }
    char byte;
    CPPUNIT_ASSERT_EQUAL(ssize_t{1}, read(ready[0], &byte, 1));
    Child child(4, deaf, Channel(), now_);
    child.crash("slept", now_);
    CPPUNIT_ASSERT(child.deadline() == now_ + Child::kCoreLimit);
    child.onDeadline(child.deadline());
    int status = 0;
    waitpid(deaf, &status, 0);
    CPPUNIT_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CPPUNIT_ASSERT(child.ending(status).reason == ExitReason::Hang);
  }

  void toldToEndAndEndedIsOk() {
    makeServing();
    child_->stop(now_);
    CPPUNIT_ASSERT(child_->ending(exited(0)).reason == ExitReason::Ok);
    CPPUNIT_ASSERT(child_->ending(exited(3)).reason == ExitReason::Crash);
  }

  void everythingElseIsNot() {
    CPPUNIT_ASSERT(child_->ending(exited(0)).reason == ExitReason::Crash);
    CPPUNIT_ASSERT(child_->ending(SIGSEGV).reason == ExitReason::Crash);
    CPPUNIT_ASSERT(child_->ending(SIGKILL).reason == ExitReason::Oom);
    std::string text = child_->ending(SIGSEGV | 0x80).text;
    CPPUNIT_ASSERT(text.starts_with("worker 3 (pid "));
    CPPUNIT_ASSERT(text.ends_with("was killed by signal 11 (Segmentation fault), core dumped"));
    CPPUNIT_ASSERT_EQUAL(std::string("monitor"), childName(Segment::kMonitorSlot));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ChildTest);

}  // namespace weir
