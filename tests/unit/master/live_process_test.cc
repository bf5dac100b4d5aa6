// SPDX-License-Identifier: Apache-2.0
#include "master/live_process.h"

#include <cppunit/extensions/HelperMacros.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir {

class LiveProcessTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LiveProcessTest);
  CPPUNIT_TEST(aLoopRunsAndBurnsCpu);
  CPPUNIT_TEST(aPauseIsAsleep);
  CPPUNIT_TEST(whatIsGoneIsNothing);
  CPPUNIT_TEST_SUITE_END();

  using Doing = ProcessView::Doing;
  pid_t pid_ = 0;

  void begin(bool busy) {
    pid_ = fork();
    if (pid_ != 0) return;
    while (true)
      if (!busy) pause();
  }
  void end() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  LiveProcess process() const { return {pid_, false}; }
  template <class Fact>
  static void until(Fact fact) {
    Instant limit = monotonicNow() + Milliseconds(10'000);
    while (!fact() && monotonicNow() < limit) usleep(1000);
    CPPUNIT_ASSERT(fact());
  }

 public:
  void tearDown() override { end(); }

  void aLoopRunsAndBurnsCpu() {
    begin(true);
    until([this] { return process().cpuTime() > Milliseconds(20); });
    CPPUNIT_ASSERT(process().doing() == Doing::Running);
    CPPUNIT_ASSERT(!process().isStopped());
  }

  void aPauseIsAsleep() {
    begin(false);
    until([this] { return process().doing() == Doing::Asleep; });
    CPPUNIT_ASSERT((LiveProcess{pid_, true}.isStopped()));
  }

  void whatIsGoneIsNothing() {
    begin(false);
    end();
    CPPUNIT_ASSERT(process().cpuTime() == Microseconds(0));
    CPPUNIT_ASSERT(process().doing() == Doing::Asleep);
    pid_ = 0;
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LiveProcessTest);

}  // namespace weir
