// SPDX-License-Identifier: Apache-2.0
#include "master/daemon.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir {

class DaemonTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DaemonTest);
  CPPUNIT_TEST(theShellWaitsUntilItServes);
  CPPUNIT_TEST(theShellLearnsThatItFailed);
  CPPUNIT_TEST(theForegroundHasNothingToReport);
  CPPUNIT_TEST(itIsInASessionWithoutLeader);
  CPPUNIT_TEST_SUITE_END();

  // What the shell sees of a process that detaches and then does this.
  template <class Life>
  static int exitCodeOf(Life life) {
    pid_t pid = fork();
    if (pid == 0) {
      auto daemon = Daemon::detach();
      if (daemon) life(daemon.value());
      _exit(0);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
  }

 public:
  void theShellWaitsUntilItServes() {
    CPPUNIT_ASSERT_EQUAL(0, exitCodeOf([](Daemon& daemon) { daemon.serves(); }));
  }

  void theShellLearnsThatItFailed() {
    CPPUNIT_ASSERT_EQUAL(1, exitCodeOf([](Daemon&) {}));
  }

  void theForegroundHasNothingToReport() { Daemon().serves(); }

  void itIsInASessionWithoutLeader() {
    CPPUNIT_ASSERT_EQUAL(0, exitCodeOf([](Daemon& daemon) {
                           bool apart = getsid(0) != getpid() && getsid(0) == getpgid(0);
                           if (apart) daemon.serves();
                         }));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DaemonTest);

}  // namespace weir
