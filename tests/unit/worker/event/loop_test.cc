// SPDX-License-Identifier: Apache-2.0
#include "worker/event/loop.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>

#include "tests/unit/worker/event/turns.h"
#include "worker/event/deadline.h"

namespace weir {
namespace {

// A task that writes its name when it runs, and may post another (or itself).
struct Scribe : Task {
  Scribe(char name, std::string& paper) : name(name), paper(paper) {}
  void run() override {
    paper += name;
    if (loop != nullptr) loop->post(*next);
  }

  char name;
  std::string& paper;
  EventLoop* loop = nullptr;
  Task* next = nullptr;
};

struct Hook : TurnHook {
  explicit Hook(std::string& paper) : paper(paper) {}
  void onTurnEnd(Instant now) override {
    paper += 'h';
    last = now;
  }

  std::string& paper;
  Instant last{};
};

// Writes 'd' when it is destroyed, and may retire another then.
struct Mortal : Retirable {
  explicit Mortal(std::string& paper) : paper(paper) {}
  ~Mortal() override {
    paper += 'd';
    if (heir) loop->retire(std::move(heir));
  }

  std::string& paper;
  EventLoop* loop = nullptr;
  std::unique_ptr<Mortal> heir;
};

struct Retiring : Task {
  Retiring(EventLoop& loop, std::string& paper) : loop(loop), paper(paper) {}
  void run() override {
    loop.retire(std::make_unique<Mortal>(paper));
    paper += 'r';
  }

  EventLoop& loop;
  std::string& paper;
};

struct Stopping : Task {
  explicit Stopping(EventLoop& loop) : loop(loop) {}
  void run() override {
    if (++runs == 3) loop.stop();
    loop.post(*this);
  }

  EventLoop& loop;
  int runs = 0;
};

}  // namespace

class EventLoopTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(EventLoopTest);
  CPPUNIT_TEST(tasksRunInOrderWithoutWaiting);
  CPPUNIT_TEST(postingTwiceIsPostingOnce);
  CPPUNIT_TEST(taskThatPostsItselfWaitsATurn);
  CPPUNIT_TEST(taskThatEndsIsTakenBack);
  CPPUNIT_TEST(retiredLivesUntilTheTurnEnds);
  CPPUNIT_TEST(retiredWhileDestroyingGoesInTheNextTurnWithoutAnEvent);
  CPPUNIT_TEST(destroyRetiredGoesOnToTheLastHeir);
  CPPUNIT_TEST(hooksComeAfterTasksAndBeforeDestruction);
  CPPUNIT_TEST(runEndsWhenStopped);
  CPPUNIT_TEST(boundedTurnWaitsNoLonger);
  CPPUNIT_TEST(boundOfATurnDoesNotEndLaterTurns);
  CPPUNIT_TEST(timeStandsStillWithinATurn);
  CPPUNIT_TEST(wallTimeFollowsTheSystem);
  CPPUNIT_TEST_SUITE_END();

  EventLoop loop_;
  std::string paper_;
  Scribe a_{'a', paper_}, b_{'b', paper_};

 public:
  void tasksRunInOrderWithoutWaiting() {
    loop_.post(a_);
    loop_.post(b_);
    loop_.turn();
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), paper_);
  }

  void postingTwiceIsPostingOnce() {
    loop_.post(a_);
    loop_.post(b_);
    loop_.post(a_);
    loop_.turn();
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), paper_);
  }

  // Otherwise one busy task would keep events from being seen.
  void taskThatPostsItselfWaitsATurn() {
    a_.loop = &loop_;
    a_.next = &a_;
    loop_.post(a_);
    loop_.post(b_);
    loop_.turn();
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), paper_);
    loop_.turn();
    CPPUNIT_ASSERT_EQUAL(std::string("aba"), paper_);
  }

  void taskThatEndsIsTakenBack() {
    loop_.post(a_);
    {
      Scribe passing('x', paper_);
      loop_.post(passing);
      loop_.post(b_);
    }
    loop_.turn();
    CPPUNIT_ASSERT_EQUAL(std::string("ab"), paper_);
  }

  void retiredLivesUntilTheTurnEnds() {
    Retiring retiring(loop_, paper_);
    loop_.post(retiring);
    loop_.post(a_);
    loop_.turn();
    CPPUNIT_ASSERT_EQUAL(std::string("rad"), paper_);
  }

  void retiredWhileDestroyingGoesInTheNextTurnWithoutAnEvent() {
    auto first = std::make_unique<Mortal>(paper_);
    first->loop = &loop_;
    first->heir = std::make_unique<Mortal>(paper_);
    loop_.retire(std::move(first));
    loop_.turn(Milliseconds{0});
    CPPUNIT_ASSERT_EQUAL(std::string("d"), paper_);
    Instant before = monotonicNow();
    loop_.turn(Milliseconds{5000});
    CPPUNIT_ASSERT_EQUAL(std::string("dd"), paper_);
    CPPUNIT_ASSERT(monotonicNow() - before < Milliseconds{2000});
  }

  void destroyRetiredGoesOnToTheLastHeir() {
    auto first = std::make_unique<Mortal>(paper_);
    first->loop = &loop_;
    first->heir = std::make_unique<Mortal>(paper_);
    first->heir->loop = &loop_;
    first->heir->heir = std::make_unique<Mortal>(paper_);
    loop_.retire(std::move(first));
    loop_.destroyRetired();
    CPPUNIT_ASSERT_EQUAL(std::string("ddd"), paper_);
  }

  void hooksComeAfterTasksAndBeforeDestruction() {
    Hook hook(paper_);
    loop_.addHook(hook);
    Retiring retiring(loop_, paper_);
    loop_.post(retiring);
    loop_.turn();
    CPPUNIT_ASSERT_EQUAL(std::string("rhd"), paper_);
    CPPUNIT_ASSERT(hook.last == loop_.now());
    hook.unlink();
    loop_.turn(Milliseconds{0});
    CPPUNIT_ASSERT_EQUAL(std::string("rhd"), paper_);
  }

  void runEndsWhenStopped() {
    Stopping stopping(loop_);
    loop_.post(stopping);
    loop_.run();
    CPPUNIT_ASSERT(loop_.stopped());
    CPPUNIT_ASSERT_EQUAL(3, stopping.runs);
  }

  void boundedTurnWaitsNoLonger() {
    Instant before = monotonicNow();
    loop_.turn(Milliseconds{30});
    auto took = monotonicNow() - before;
    CPPUNIT_ASSERT(took >= Milliseconds{25});
    CPPUNIT_ASSERT(took < Milliseconds{2000});
  }

  void boundOfATurnDoesNotEndLaterTurns() {
    for (int i = 0; i < 100; ++i) {
      loop_.post(a_);  // ends the wait at once
      loop_.turn(Milliseconds{10});
    }
    Instant before = monotonicNow();
    loop_.turn(Milliseconds{60});
    CPPUNIT_ASSERT(monotonicNow() - before >= Milliseconds{50});
  }

  void timeStandsStillWithinATurn() {
    Instant first = loop_.now();
    while (monotonicNow() - first < Milliseconds{2}) {
    }
    CPPUNIT_ASSERT(first == loop_.now());
    loop_.turn(Milliseconds{0});
    CPPUNIT_ASSERT(loop_.now() - first >= Milliseconds{2});
  }

  void wallTimeFollowsTheSystem() {
    for (int i = 0; i < 5; ++i) {
      loop_.turn(Milliseconds{1});
      auto difference = loop_.wallNow() - wallNow();
      CPPUNIT_ASSERT(difference < Milliseconds{50} && difference > Milliseconds{-500});
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EventLoopTest);

}  // namespace weir
