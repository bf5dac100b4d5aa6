// SPDX-License-Identifier: Apache-2.0
// S-56: syslog never blocks, and what is lost is known.
#include "shared/base/syslog.h"

#include <cppunit/extensions/HelperMacros.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace weir {

class SyslogTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SyslogTest);
  CPPUNIT_TEST(theHeaderIsThatOfRfc3164);
  CPPUNIT_TEST(theHeaderFollowsTimeAndSeverity);
  CPPUNIT_TEST(messagesAreDatagrams);
  CPPUNIT_TEST(aServerThatIsGoneIsNoticed);
  CPPUNIT_TEST(aServerThatComesBackIsFound);
  CPPUNIT_TEST(aServerThatDoesNotReadIsNotWaitedFor);
  CPPUNIT_TEST(aRefusedDatagramIsCounted);
  CPPUNIT_TEST(theSinkSendsLinesWithoutTheirEnd);
  CPPUNIT_TEST_SUITE_END();

  Address unixAddress() const { return *Address::parse("unix:" + folder_ + "/log"); }
  static Fd listen(const Address& address) {
    Fd fd(::socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    socklen_t size = address.toSockaddr(storage);
    CPPUNIT_ASSERT_EQUAL(0, ::bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size));
    return fd;
  }
  // "" when nothing waits.
  static std::string receive(const Fd& fd) {
    char text[4096];
    ssize_t size = ::recv(fd.get(), text, sizeof text, 0);
    return size < 0 ? "" : std::string(text, static_cast<size_t>(size));
  }
  static void same(std::string_view expected, std::string_view actual) {
    CPPUNIT_ASSERT_EQUAL(std::string(expected), std::string(actual));
  }

  std::string folder_;
  std::string zone_;
  const Instant now_{Milliseconds(1000)};

 public:
  void setUp() override {
    char name[] = "/tmp/weir-syslog-XXXXXX";
    folder_ = mkdtemp(name);
    zone_ = getenv("TZ") == nullptr ? "" : getenv("TZ");
    setenv("TZ", "UTC", 1);
    tzset();
  }
  void tearDown() override {
    zone_.empty() ? unsetenv("TZ") : setenv("TZ", zone_.c_str(), 1);
    tzset();
    std::filesystem::remove_all(folder_);
  }

  void theHeaderIsThatOfRfc3164() {
    same("<190>Jan  2 03:04:05 host weir: ", SyslogHeader(23, "weir", "host").at(97445, 6));
    same("<11>Jan  2 03:04:05 weir: ", SyslogHeader(1, "weir", "").at(97445, 3));
    CPPUNIT_ASSERT(!syslogHostname().empty());
  }

  void theHeaderFollowsTimeAndSeverity() {
    SyslogHeader header(0, "t", "");
    same("<6>Jan  1 00:00:00 t: ", header.at(0, 6));
    same("<3>Jan  1 00:00:00 t: ", header.at(0, 3));
    same("<3>Jan  1 00:00:01 t: ", header.at(1, 3));
  }

  void messagesAreDatagrams() {
    Fd server = listen(unixAddress());
    SyslogSocket socket(unixAddress());
    CPPUNIT_ASSERT_EQUAL(0u, socket.send("one", now_).lost);
    CPPUNIT_ASSERT_EQUAL(0u, socket.send("two", now_).lost);
    same("one", receive(server));
    same("two", receive(server));
  }

  void aServerThatIsGoneIsNoticed() {
    SyslogSocket socket(unixAddress());
    SyslogSocket::Sent sent = socket.send("x", now_);
    CPPUNIT_ASSERT(sent.taken && sent.lost == 1 && sent.error == ENOENT);
  }

  void aServerThatComesBackIsFound() {
    Fd server = listen(unixAddress());
    SyslogSocket socket(unixAddress());
    CPPUNIT_ASSERT_EQUAL(0u, socket.send("one", now_).lost);
    server.reset();
    CPPUNIT_ASSERT_EQUAL(1u, socket.send("two", now_).lost);
    std::filesystem::remove(folder_ + "/log");
    server = listen(unixAddress());
    // It is not looked for with every line.
    CPPUNIT_ASSERT_EQUAL(1u, socket.send("three", now_).lost);
    CPPUNIT_ASSERT_EQUAL(0u, socket.send("four", now_ + Milliseconds(1000)).lost);
    same("four", receive(server));
  }

  void aServerThatDoesNotReadIsNotWaitedFor() {
    Fd server = listen(unixAddress());
    SyslogSocket socket(unixAddress());
    int sent = 0;
    while (sent < 100'000 && socket.send("full", now_).taken) ++sent;
    CPPUNIT_ASSERT(sent > 0 && sent < 100'000);
    same("full", receive(server));
    CPPUNIT_ASSERT(socket.send("room again", now_).taken);
  }

  void aRefusedDatagramIsCounted() {
    Fd server = listen(*Address::parse("127.0.0.1:0"));
    Address address = Address::local(server.get());
    SyslogSocket socket(address);
    server.reset();
    unsigned lost = 0;
    for (int i = 0; i < 10; ++i) lost += socket.send("nobody hears", now_).lost;
    // The news of the last one has not come yet.
    CPPUNIT_ASSERT_EQUAL(9u, lost);
  }

  void theSinkSendsLinesWithoutTheirEnd() {
    Fd server = listen(unixAddress());
    SyslogSink sink(unixAddress());
    sink.write("line\n");
    same("line", receive(server));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SyslogTest);

}  // namespace weir
