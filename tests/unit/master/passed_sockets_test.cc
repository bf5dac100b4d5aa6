// SPDX-License-Identifier: Apache-2.0
#include "master/passed_sockets.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "tests/unit/master/in_child.h"

namespace weir {

class PassedSocketsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PassedSocketsTest);
  CPPUNIT_TEST(listenersAreKnownByTheirAddress);
  CPPUNIT_TEST(whatDoesNotListenIsClosed);
  CPPUNIT_TEST(othersSocketsAreLeftAlone);
  CPPUNIT_TEST(nonsenseMeansNone);
  CPPUNIT_TEST_SUITE_END();

  // In a child that may do with low descriptors what it likes.
  static int socketAt(int number, int type, bool listens) {
    int fd = socket(AF_INET, type, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    if (!bound || (listens && listen(fd, 1) != 0)) _exit(2);
    if (fd != number) {
      dup2(fd, number);
      close(fd);
    }
    return number;
  }
  static void announce(const char* count, pid_t receiver) {
    setenv("LISTEN_FDS", count, 1);
    setenv("LISTEN_PID", std::to_string(receiver).c_str(), 1);
    setenv("LISTEN_FDNAMES", "a:b", 1);
  }
  static bool isOpen(int fd) { return fcntl(fd, F_GETFD) >= 0; }

 public:
  void listenersAreKnownByTheirAddress() {
    inChild([] {
      Address first = Address::local(socketAt(3, SOCK_STREAM, true));
      Address second = Address::local(socketAt(4, SOCK_STREAM, true));
      announce("2", getpid());
      auto passed = PassedSockets::fromEnvironment();
      Fd taken = passed.take(first);
      bool prepared = fcntl(3, F_GETFD) == FD_CLOEXEC && (fcntl(3, F_GETFL) & O_NONBLOCK) != 0;
      bool once = !passed.has(first) && passed.has(second) && !passed.take(first);
      return taken.get() == 3 && prepared && once && getenv("LISTEN_FDS") == nullptr &&
             getenv("LISTEN_PID") == nullptr && getenv("LISTEN_FDNAMES") == nullptr;
    });
  }

  void whatDoesNotListenIsClosed() {
    inChild([] {
      Address silent = Address::local(socketAt(3, SOCK_STREAM, false));
      Address datagrams = Address::local(socketAt(4, SOCK_DGRAM, false));
      announce("3", getpid());
      close(5);
      auto passed = PassedSockets::fromEnvironment();
      return !passed.has(silent) && !passed.has(datagrams) && !isOpen(3) && !isOpen(4);
    });
  }

  void othersSocketsAreLeftAlone() {
    inChild([] {
      Address address = Address::local(socketAt(3, SOCK_STREAM, true));
      announce("1", getppid());
      return !PassedSockets::fromEnvironment().has(address) && isOpen(3) && getenv("LISTEN_FDS") == nullptr;
    });
  }

  void nonsenseMeansNone() {
    for (const char* count : {"", "-1", "x", "1x", "99999999999999999999"})
      inChild([count] {
        Address address = Address::local(socketAt(3, SOCK_STREAM, true));
        announce(count, getpid());
        return !PassedSockets::fromEnvironment().has(address) && isOpen(3);
      });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PassedSocketsTest);

}  // namespace weir
