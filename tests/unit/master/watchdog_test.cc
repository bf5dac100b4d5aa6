// SPDX-License-Identifier: Apache-2.0
// S-3: which silence is a hang, and which is not.
#include "master/watchdog.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

namespace weir {

class WatchdogTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(WatchdogTest);
  CPPUNIT_TEST(whoBeatsIsWell);
  CPPUNIT_TEST(aStoppedProcessHangsSoon);
  CPPUNIT_TEST(aStopThatEndsInTimeIsForgiven);
  CPPUNIT_TEST(anEndlessLoopHangs);
  CPPUNIT_TEST(whoGetsNoCpuDoesNotHang);
  CPPUNIT_TEST(cpuOfEarlierTurnsDoesNotCount);
  CPPUNIT_TEST(whoSleepsElsewhereHangsLater);
  CPPUNIT_TEST(aDiskGetsPatience);
  CPPUNIT_TEST(aDebuggedProcessDoesNotHang);
  CPPUNIT_TEST(aMasterThatWasLateLooksTwice);
  CPPUNIT_TEST(preparingMayTakeLong);
  CPPUNIT_TEST(whoIsDoubtfulIsLookedAtSooner);
  CPPUNIT_TEST_SUITE_END();

  using Health = Watchdog::Health;
  using Duty = Watchdog::Duty;
  struct Process final : ProcessView {
    bool stopped = false;
    Milliseconds cpu{0};
    Doing does = Doing::Asleep;
    bool isStopped() const override { return stopped; }
    Microseconds cpuTime() const override { return cpu; }
    Doing doing() const override { return does; }
  };

  Watchdog watchdog_;
  Process process_;
  Instant now_;
  Instant heartbeat_;

  void beat() { heartbeat_ = now_; }
  Health look(Duty duty = Duty::Serve) { return watchdog_.look(0, duty, heartbeat_, process_, now_); }
  // Looks as often as the watchdog wants, with a share of the CPU in between; gives the last health.
  Health lookFor(Milliseconds time, double cpu_share = 0, Duty duty = Duty::Serve) {
    Health health = look(duty);
    for (Instant end = now_ + time; now_ < end && health != Health::Hung; health = look(duty)) {
      auto step = std::min(watchdog_.next(), end) - now_;
      process_.cpu += Milliseconds(static_cast<int64_t>(cpu_share * static_cast<double>(step.count()) / 1000));
      now_ += step;
    }
    return health;
  }
  void expectHungAfter(Milliseconds least, Milliseconds most, double cpu_share = 0) {
    Instant begun = now_;
    CPPUNIT_ASSERT(lookFor(Milliseconds(100'000), cpu_share) == Health::Hung);
    CPPUNIT_ASSERT(now_ - begun >= least);
    CPPUNIT_ASSERT(now_ - begun <= most);
  }

 public:
  void setUp() override {
    watchdog_ = {};
    process_ = {};
    now_ = Instant(Microseconds(1'000'000'000));
    beat();
    look();
  }

  void whoBeatsIsWell() {
    for (int i = 0; i < 10; ++i) {
      now_ += Milliseconds(1500);
      beat();
      CPPUNIT_ASSERT(look() == Health::Well);
    }
  }

  void aStoppedProcessHangsSoon() {
    process_.stopped = true;
    CPPUNIT_ASSERT(look() == Health::Doubtful);
    expectHungAfter(Watchdog::kStopped, Milliseconds(1750));
    CPPUNIT_ASSERT_EQUAL(std::string("was stopped"), std::string(watchdog_.symptom(0)));
  }

  void aStopThatEndsInTimeIsForgiven() {
    process_.stopped = true;
    CPPUNIT_ASSERT(lookFor(Milliseconds(1250)) == Health::Doubtful);
    process_.stopped = false;
    CPPUNIT_ASSERT(look() == Health::Well);
    process_.stopped = true;
    CPPUNIT_ASSERT(lookFor(Milliseconds(1250)) == Health::Doubtful);
  }

  void anEndlessLoopHangs() {
    process_.does = ProcessView::Doing::Running;
    expectHungAfter(Watchdog::kSilence, Milliseconds(3000), 1.0);
    CPPUNIT_ASSERT(watchdog_.symptom(0).starts_with("burned CPU"));
  }

  void whoGetsNoCpuDoesNotHang() {
    process_.does = ProcessView::Doing::Running;
    CPPUNIT_ASSERT(lookFor(Milliseconds(60'000), 0.01) == Health::Well);
    expectHungAfter(Milliseconds(8'000), Milliseconds(10'000), 0.1);
  }

  void cpuOfEarlierTurnsDoesNotCount() {
    process_.does = ProcessView::Doing::Running;
    for (int i = 0; i < 5; ++i) {
      CPPUNIT_ASSERT(lookFor(Milliseconds(1'400), 1.0) == Health::Well);
      beat();
    }
  }

  void whoSleepsElsewhereHangsLater() { expectHungAfter(Watchdog::kAsleep, Milliseconds(6'000)); }

  void aDiskGetsPatience() {
    process_.does = ProcessView::Doing::DiskWait;
    expectHungAfter(Watchdog::kDisk, Milliseconds(31'000));
  }

  void aDebuggedProcessDoesNotHang() {
    process_.does = ProcessView::Doing::Debugged;
    process_.cpu = Milliseconds(10'000);
    CPPUNIT_ASSERT(lookFor(Milliseconds(100'000)) == Health::Well);
  }

  void aMasterThatWasLateLooksTwice() {
    now_ += Milliseconds(60'000);
    CPPUNIT_ASSERT(look() == Health::Doubtful);
    now_ += Milliseconds(100);
    beat();
    CPPUNIT_ASSERT(look() == Health::Well);
  }

  void preparingMayTakeLong() {
    process_.does = ProcessView::Doing::Running;
    CPPUNIT_ASSERT(lookFor(Milliseconds(20'000), 1.0, Duty::Prepare) == Health::Well);
    process_.stopped = true;
    CPPUNIT_ASSERT(lookFor(Milliseconds(20'000), 0, Duty::Prepare) == Health::Hung);
  }

  void whoIsDoubtfulIsLookedAtSooner() {
    CPPUNIT_ASSERT(watchdog_.next() == now_ + Watchdog::kLook);
    process_.stopped = true;
    look();
    CPPUNIT_ASSERT(watchdog_.next() == now_ + Watchdog::kSecondLook);
    watchdog_.forget(0);
    CPPUNIT_ASSERT(watchdog_.next() == kNever);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(WatchdogTest);

}  // namespace weir
