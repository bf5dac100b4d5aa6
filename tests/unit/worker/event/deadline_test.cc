// SPDX-License-Identifier: Apache-2.0
#include "worker/event/deadline.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "tests/unit/worker/event/turns.h"

namespace weir {
namespace {

struct Waiting : Deadline::Owner {
  explicit Waiting(EventLoop& loop) : loop(loop), deadline(loop, *this) {}
  void onDeadline(Deadline&) override {
    ++calls;
    called_at = loop.now();
    armed_in_callback = deadline.armed();
    if (victim) victim.reset();
    if (again >= Milliseconds{0}) deadline.armIn(again);
  }

  EventLoop& loop;
  Deadline deadline;
  int calls = 0;
  bool armed_in_callback = false;
  Instant called_at{};
  std::unique_ptr<Waiting> victim;
  Milliseconds again{-1};
};

}  // namespace

class DeadlineTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DeadlineTest);
  CPPUNIT_TEST(callsOnceNotBeforeItsTime);
  CPPUNIT_TEST(armedLaterFiresLater);
  CPPUNIT_TEST(armedEarlierFiresEarlier);
  CPPUNIT_TEST(disarmedIsSilentAndMayBeArmedAgain);
  CPPUNIT_TEST(beyondACenturyIsNever);
  CPPUNIT_TEST(mayEndWhileItWaits);
  CPPUNIT_TEST(mayEndAnotherThatIsDue);
  CPPUNIT_TEST(ownerThatArmsForNowDoesNotKeepTheLoop);
  CPPUNIT_TEST(waitingDoesNotSpin);
  CPPUNIT_TEST(thousandsAgreeWithAModel);
  CPPUNIT_TEST_SUITE_END();

  EventLoop loop_;
  Waiting one_{loop_}, two_{loop_};

  void turnFor(Milliseconds time) {
    turnUntil(
        loop_, [] { return false; }, time);
  }
  bool waitFor(Waiting& waiting) {
    return turnUntil(loop_, [&] { return waiting.calls > 0; });
  }

 public:
  void callsOnceNotBeforeItsTime() {
    one_.deadline.armIn(Milliseconds{15});
    Instant due = one_.deadline.due();
    CPPUNIT_ASSERT(waitFor(one_));
    CPPUNIT_ASSERT(one_.called_at >= due);
    CPPUNIT_ASSERT(!one_.armed_in_callback);
    turnFor(Milliseconds{30});
    CPPUNIT_ASSERT_EQUAL(1, one_.calls);
  }

  void armedLaterFiresLater() {
    one_.deadline.armIn(Milliseconds{5});
    one_.deadline.armIn(Milliseconds{40});
    two_.deadline.armIn(Milliseconds{20});
    Instant due = one_.deadline.due();
    CPPUNIT_ASSERT(waitFor(two_));
    CPPUNIT_ASSERT(waitFor(one_));
    CPPUNIT_ASSERT(one_.called_at >= due);
    CPPUNIT_ASSERT_EQUAL(1, one_.calls);
  }

  void armedEarlierFiresEarlier() {
    two_.deadline.armIn(Milliseconds{3000});
    one_.deadline.armIn(Milliseconds{5000});
    one_.deadline.armIn(Milliseconds{10});
    CPPUNIT_ASSERT(turnUntil(
        loop_, [&] { return one_.calls > 0; }, Milliseconds{2000}));
    CPPUNIT_ASSERT_EQUAL(0, two_.calls);
  }

  void disarmedIsSilentAndMayBeArmedAgain() {
    one_.deadline.armIn(Milliseconds{5});
    one_.deadline.disarm();
    CPPUNIT_ASSERT(!one_.deadline.armed());
    turnFor(Milliseconds{30});
    CPPUNIT_ASSERT_EQUAL(0, one_.calls);
    one_.deadline.armIn(Milliseconds{5});
    CPPUNIT_ASSERT(waitFor(one_));
  }

  void beyondACenturyIsNever() {
    one_.deadline.armIn(Milliseconds::max());
    CPPUNIT_ASSERT(!one_.deadline.armed());
    one_.deadline.armIn(std::chrono::hours(24 * 365 * 50));
    CPPUNIT_ASSERT(one_.deadline.armed());
    turnFor(Milliseconds{5});
    CPPUNIT_ASSERT_EQUAL(0, one_.calls);
  }

  void mayEndWhileItWaits() {
    auto passing = std::make_unique<Waiting>(loop_);
    passing->deadline.armIn(Milliseconds{5});
    one_.deadline.armIn(Milliseconds{10});
    passing.reset();
    CPPUNIT_ASSERT(waitFor(one_));
  }

  void mayEndAnotherThatIsDue() {
    one_.victim = std::make_unique<Waiting>(loop_);
    one_.deadline.armIn(Milliseconds{2});
    one_.victim->deadline.armIn(Milliseconds{3});
    two_.deadline.armIn(Milliseconds{4});
    while (monotonicNow() < two_.deadline.due()) {
    }
    CPPUNIT_ASSERT(waitFor(two_));
    CPPUNIT_ASSERT_EQUAL(1, one_.calls);
  }

  void ownerThatArmsForNowDoesNotKeepTheLoop() {
    one_.again = Milliseconds{0};
    one_.deadline.armIn(Milliseconds{0});
    int before = 0;
    for (int turns = 0; turns < 5; ++turns) {
      loop_.turn();
      CPPUNIT_ASSERT(one_.calls <= before + 1);
      before = one_.calls;
    }
    CPPUNIT_ASSERT(one_.calls > 0);
  }

  void waitingDoesNotSpin() {
    one_.deadline.armIn(Milliseconds{100});
    int turns = 0;
    for (; one_.calls == 0 && turns < 1000; ++turns) loop_.turn();
    CPPUNIT_ASSERT(turns < 20);
  }

  // Arms, re-arms, disarms and destroys at random; whoever is armed fires in time, nobody else does.
  void thousandsAgreeWithAModel() {
    std::mt19937 random(7);
    auto upTo = [&](unsigned n) { return static_cast<int>(random() % n); };
    std::vector<std::unique_ptr<Waiting>> all;
    for (int i = 0; i < 3000; ++i) all.push_back(std::make_unique<Waiting>(loop_));
    for (int round = 0; round < 30; ++round) {
      for (int i = 0; i < 1000; ++i) {
        auto& waiting = all[static_cast<size_t>(upTo(3000))];
        switch (upTo(8)) {
          case 0:
            waiting->deadline.disarm();
            break;
          case 1:
            waiting = std::make_unique<Waiting>(loop_);
            break;
          default:
            waiting->deadline.armIn(Milliseconds{upTo(60)});
        }
      }
      std::vector<int> calls;
      for (auto& waiting : all) calls.push_back(waiting->calls);
      std::vector<Instant> due;
      for (auto& waiting : all) due.push_back(waiting->deadline.due());
      loop_.turn(Milliseconds{2});
      for (size_t i = 0; i < all.size(); ++i) {
        bool fired = all[i]->calls != calls[i];
        CPPUNIT_ASSERT_EQUAL(calls[i] + (fired ? 1 : 0), all[i]->calls);
        if (fired) CPPUNIT_ASSERT(due[i] <= loop_.now());
        if (!fired) CPPUNIT_ASSERT(due[i] == all[i]->deadline.due());
        // A coarse clock may see a due time late, by a tick.
        if (!fired) CPPUNIT_ASSERT(due[i] > loop_.now() - Milliseconds{10});
      }
    }
    auto none_armed = [&] {
      return std::none_of(all.begin(), all.end(), [](auto& waiting) { return waiting->deadline.armed(); });
    };
    CPPUNIT_ASSERT(turnUntil(loop_, none_armed));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DeadlineTest);

}  // namespace weir
