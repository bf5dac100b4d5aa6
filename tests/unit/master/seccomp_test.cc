// SPDX-License-Identifier: Apache-2.0
#include "master/seccomp.h"

#include <cppunit/extensions/HelperMacros.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <thread>

#include "master/capabilities.h"

namespace weir {

class SeccompTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SeccompTest);
  CPPUNIT_TEST(whatWorkersDoIsAllowed);
  CPPUNIT_TEST(threadsAreAllowed);
  CPPUNIT_TEST(unknownSocketFamiliesAreRefused);
  CPPUNIT_TEST(foreignCallsEndTheProcess);
  CPPUNIT_TEST(newProcessesEndTheProcess);
  CPPUNIT_TEST_SUITE_END();

  // The status of a filtered process that does this.
  static int filtered(const std::function<int()>& deed) {
    pid_t pid = fork();
    if (pid == 0) {
      bool confined = forbidNewPrivileges().ok() && forbidForeignSystemCalls().ok();
      _exit(confined ? deed() : 99);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
  }
  static void expectOk(const std::function<bool()>& claim) {
    CPPUNIT_ASSERT_EQUAL(0, filtered([&] { return claim() ? 0 : 1; }));
  }
  static void expectKilled(const std::function<void()>& deed) {
    int status = filtered([&] {
      deed();
      return 0;
    });
    CPPUNIT_ASSERT(WIFSIGNALED(status));
    CPPUNIT_ASSERT_EQUAL(SIGSYS, WTERMSIG(status));
  }

 public:
  void whatWorkersDoIsAllowed() {
    expectOk([] {
      for (int family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
        int fd = socket(family, SOCK_DGRAM, 0);
        if (fd < 0 && errno != EAFNOSUPPORT) return false;
        close(fd);
      }
      void* memory = mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      return memory != MAP_FAILED && memfd_create("x", 0) >= 0;
    });
  }

  void threadsAreAllowed() {
    expectOk([] {
      int done = 0;
      std::thread([&done] { done = 1; }).join();
      return done == 1;
    });
  }

  void unknownSocketFamiliesAreRefused() {
    for (int family : {AF_PACKET, AF_ALG, AF_VSOCK})
      expectOk([family] { return socket(family, SOCK_DGRAM, 0) < 0 && errno == EAFNOSUPPORT; });
  }

  void foreignCallsEndTheProcess() {
    expectKilled([] { execl("/bin/true", "true", nullptr); });
    expectKilled([] { ptrace(PTRACE_TRACEME, 0, nullptr, nullptr); });
    expectKilled([] { [[maybe_unused]] int same = setuid(getuid()); });
    expectKilled([] { syscall(SYS_unshare, 0); });
    expectKilled([] { syscall(SYS_bpf, BPF_PROG_LOAD, nullptr, 0); });
  }

  void newProcessesEndTheProcess() {
    expectKilled([] { fork(); });
    expectKilled([] { vfork(); });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SeccompTest);

}  // namespace weir
