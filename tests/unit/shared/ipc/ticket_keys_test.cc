// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/ticket_keys.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir {

class TicketKeysTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TicketKeysTest);
  CPPUNIT_TEST(keysDiffer);
  CPPUNIT_TEST(rotationKeepsTheLatest);
  CPPUNIT_TEST(childrenSeeWhatTheMasterRotates);
  CPPUNIT_TEST(aProtectedRingCannotBeWritten);
  CPPUNIT_TEST_SUITE_END();

  TicketKeys keys_ = std::move(TicketKeys::create()).value();

  // The exit status of a child that runs this, or minus the signal that killed it.
  template <class Body>
  static int inChild(Body body) {
    pid_t pid = fork();
    if (pid == 0) _exit(body());
    int status = 0;
    CPPUNIT_ASSERT_EQUAL(pid, waitpid(pid, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 public:
  void keysDiffer() {
    auto ring = keys_.read();
    CPPUNIT_ASSERT(ring[0].name != ring[1].name);
    CPPUNIT_ASSERT(ring[0].cipher != ring[1].cipher);
    CPPUNIT_ASSERT(ring[0].cipher != ring[0].mac);
  }
  void rotationKeepsTheLatest() {
    auto before = keys_.read();
    CPPUNIT_ASSERT(keys_.rotate().ok());
    auto after = keys_.read();
    CPPUNIT_ASSERT(after[0].name != before[0].name);
    for (size_t i = 1; i < after.size(); ++i) CPPUNIT_ASSERT(after[i].name == before[i - 1].name);
  }
  void childrenSeeWhatTheMasterRotates() {
    int pipe[2];
    CPPUNIT_ASSERT_EQUAL(0, ::pipe(pipe));
    auto before = keys_.read();
    pid_t pid = fork();
    if (pid == 0) {
      char go;
      bool told = ::read(pipe[0], &go, 1) == 1;
      _exit(told && keys_.read()[1].name == before[0].name ? 0 : 1);
    }
    CPPUNIT_ASSERT(keys_.rotate().ok());
    CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::write(pipe[1], "x", 1));
    int status = -1;
    waitpid(pid, &status, 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
    CPPUNIT_ASSERT_EQUAL(0, status);
  }
  void aProtectedRingCannotBeWritten() {
    int how = inChild([&] {
      keys_.protect();
      keys_.read();
      return keys_.rotate().ok() ? 0 : 1;
    });
    // A sanitizer turns the signal into an exit of its own.
    CPPUNIT_ASSERT(how == -SIGSEGV || how > 0);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TicketKeysTest);

}  // namespace weir
