// SPDX-License-Identifier: Apache-2.0
// S-9: what a service manager is told.
#include "master/notifier.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace weir {

class NotifierTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NotifierTest);
  CPPUNIT_TEST(tellsTheStatesOfALife);
  CPPUNIT_TEST(anAbstractSocketWillDo);
  CPPUNIT_TEST(itsVariablesAreTaken);
  CPPUNIT_TEST(isSilentWithoutASocket);
  CPPUNIT_TEST(sendsItsAliveTwiceInTheTime);
  CPPUNIT_TEST(anotherProcessIsWatched);
  CPPUNIT_TEST(nobodyListeningIsNoHarm);
  CPPUNIT_TEST_SUITE_END();

  std::string folder_;
  Fd manager_;

  void listenAt(const std::string& path) {
    manager_.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    CPPUNIT_ASSERT_EQUAL(0, bind(manager_.get(), reinterpret_cast<sockaddr*>(&address), size));
  }
  std::string path() const { return folder_ + "/notify"; }
  // A notifier whose manager listens at path().
  Notifier started() {
    listenAt(path());
    setenv("NOTIFY_SOCKET", path().c_str(), 1);
    return Notifier::fromEnvironment();
  }
  std::string heard() {
    char text[512];
    ssize_t size = recv(manager_.get(), text, sizeof text, 0);
    return size < 0 ? "" : std::string(text, static_cast<size_t>(size));
  }
  static std::string pid() { return std::to_string(getpid()); }
  static Instant at(int64_t milliseconds) { return Instant{Milliseconds(milliseconds)}; }

 public:
  void setUp() override {
    char name[] = "/tmp/weir-notify-XXXXXX";
    folder_ = mkdtemp(name);
  }
  void tearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
    manager_.reset();
    std::filesystem::remove_all(folder_);
  }

  void tellsTheStatesOfALife() {
    Notifier notifier = started();
    notifier.ready("serves");
    CPPUNIT_ASSERT_EQUAL("READY=1\nMAINPID=" + pid() + "\nSTATUS=serves", heard());
    notifier.reloading(at(7), "reloads\nSTOPPING=1");
    CPPUNIT_ASSERT_EQUAL(std::string("RELOADING=1\nMONOTONIC_USEC=7000\nSTATUS=reloads"), heard());
    notifier.stopping("drains");
    CPPUNIT_ASSERT_EQUAL(std::string("STOPPING=1\nSTATUS=drains"), heard());
    notifier.status("waits");
    CPPUNIT_ASSERT_EQUAL(std::string("STATUS=waits"), heard());
  }

  void anAbstractSocketWillDo() {
    std::string name = "weir-notify-" + pid();
    listenAt(std::string(1, '\0') + name);
    setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
    Notifier::fromEnvironment().status("here");
    CPPUNIT_ASSERT_EQUAL(std::string("STATUS=here"), heard());
  }

  void itsVariablesAreTaken() {
    setenv("WATCHDOG_USEC", "1000000", 1);
    setenv("WATCHDOG_PID", pid().c_str(), 1);
    started();
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) CPPUNIT_ASSERT(getenv(name) == nullptr);
  }

  void isSilentWithoutASocket() {
    setenv("WATCHDOG_USEC", "1000000", 1);
    Notifier notifier = Notifier::fromEnvironment();
    CPPUNIT_ASSERT(notifier.nextDeadline() == kNever);
    notifier.ready("serves");
  }

  void sendsItsAliveTwiceInTheTime() {
    setenv("WATCHDOG_USEC", "2000000", 1);
    setenv("WATCHDOG_PID", pid().c_str(), 1);
    Notifier notifier = started();
    notifier.alive(at(5000));
    CPPUNIT_ASSERT_EQUAL(std::string("WATCHDOG=1"), heard());
    CPPUNIT_ASSERT(notifier.nextDeadline() == at(6000));
    notifier.alive(at(5999));
    CPPUNIT_ASSERT_EQUAL(std::string(), heard());
    notifier.alive(at(6000));
    CPPUNIT_ASSERT_EQUAL(std::string("WATCHDOG=1"), heard());
  }

  void anotherProcessIsWatched() {
    setenv("WATCHDOG_USEC", "2000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    CPPUNIT_ASSERT(started().nextDeadline() == kNever);
  }

  void nobodyListeningIsNoHarm() {
    Notifier notifier = started();
    manager_.reset();
    notifier.ready("serves");
    setenv("NOTIFY_SOCKET", "relative", 1);
    Notifier::fromEnvironment().ready("serves");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NotifierTest);

}  // namespace weir
