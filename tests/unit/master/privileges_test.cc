// SPDX-License-Identifier: Apache-2.0
#include "master/privileges.h"

#include <cppunit/extensions/HelperMacros.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "shared/base/fd.h"
#include "tests/unit/master/in_child.h"

namespace weir {

class PrivilegesTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PrivilegesTest);
  CPPUNIT_TEST(noUserMeansNoChange);
  CPPUNIT_TEST(resolvesUserAndGroup);
  CPPUNIT_TEST(strangersAreErrors);
  CPPUNIT_TEST(dropsForGood);
  CPPUNIT_TEST(mayKeepTheRightToLowPorts);
  CPPUNIT_TEST_SUITE_END();

  static bool isRoot() { return geteuid() == 0; }

 public:
  void noUserMeansNoChange() {
    auto credentials = resolveCredentials({});
    CPPUNIT_ASSERT(credentials.ok() && !credentials->change);
    inChild([] { return dropPrivileges({}).ok() && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1; });
  }

  void resolvesUserAndGroup() {
    auto credentials = resolveCredentials({"daemon", "sys"});
    CPPUNIT_ASSERT(credentials.ok());
    CPPUNIT_ASSERT_EQUAL(isRoot(), credentials->change);
    if (!isRoot()) return;
    CPPUNIT_ASSERT(credentials->uid != 0 && credentials->gid != credentials->uid);
    CPPUNIT_ASSERT(!credentials->groups.empty());
  }

  void strangersAreErrors() {
    if (!isRoot()) return;
    CPPUNIT_ASSERT(!resolveCredentials({"no-such-user", ""}).ok());
    CPPUNIT_ASSERT(!resolveCredentials({"daemon", "no-such-group"}).ok());
  }

  static bool bindsLowPort() {
    for (in_port_t port = 700; port < 1000; ++port) {
      Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_port = htons(port);
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return true;
      if (errno != EADDRINUSE) return false;
    }
    return false;
  }

  void mayKeepTheRightToLowPorts() {
    if (!isRoot()) return;
    auto credentials = resolveCredentials({"daemon", ""});
    inChild([&] { return dropPrivileges(*credentials, Kept::Nothing).ok() && !bindsLowPort(); });
    inChild([&] {
      bool dropped = dropPrivileges(*credentials, Kept::LowPorts).ok() && setuid(0) != 0;
      return dropped && bindsLowPort();
    });
  }

  void dropsForGood() {
    if (!isRoot()) return;
    auto credentials = resolveCredentials({"daemon", ""});
    CPPUNIT_ASSERT(credentials.ok());
    inChild([&] {
      bool dropped = dropPrivileges(credentials.value()).ok() && getuid() == credentials->uid;
      return dropped && setuid(0) != 0 && setgid(0) != 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PrivilegesTest);

}  // namespace weir
