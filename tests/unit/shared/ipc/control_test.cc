// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/control.h"

#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

namespace weir {

class ControlTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ControlTest);
  CPPUNIT_TEST(answersSurvive);
  CPPUNIT_TEST(nonsenseIsNoAnswer);
  CPPUNIT_TEST(asksAndIsAnswered);
  CPPUNIT_TEST(aMasterThatEndsGaveNoAnswer);
  CPPUNIT_TEST(onlyTheMastersUserMayConnect);
  CPPUNIT_TEST(longPathsWork);
  CPPUNIT_TEST(nobodyListensIsAnError);
  CPPUNIT_TEST_SUITE_END();

  Fd listening() {
    auto fd = control::listenAt(path_);
    CPPUNIT_ASSERT(fd.ok());
    return std::move(fd).value();
  }
  Fd connected() {
    auto fd = control::connectTo(path_, 5);
    CPPUNIT_ASSERT(fd.ok());
    return std::move(fd).value();
  }
  // A master that reads a command and sends these bytes.
  static std::thread reply(const Fd& listener, std::string bytes) {
    return std::thread([fd = listener.get(), bytes = std::move(bytes)] {
      pollfd ready{fd, POLLIN, 0};
      poll(&ready, 1, 5000);
      Fd client(accept(fd, nullptr, nullptr));
      char command[control::kMaxCommand];
      [[maybe_unused]] auto got = recv(client.get(), command, sizeof command, 0);
      [[maybe_unused]] auto sent = send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    });
  }

  std::string folder_;
  std::string path_;

 public:
  void setUp() override {
    char name[] = "/tmp/weir-control-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = control::socketPath(folder_ + "/weir.pid");
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

  void answersSurvive() {
    auto failed = control::decode(control::encode({false, "a:1: b\nc:2: d\n"}));
    CPPUNIT_ASSERT(failed && !failed->ok);
    CPPUNIT_ASSERT_EQUAL(std::string("a:1: b\nc:2: d\n"), failed->text);
    CPPUNIT_ASSERT(control::decode(control::encode({true, ""}))->ok);
  }

  void nonsenseIsNoAnswer() {
    for (const char* bytes : {"", "ok", "yes\n", "\n"}) CPPUNIT_ASSERT(!control::decode(bytes));
  }

  void asksAndIsAnswered() {
    Fd listener = listening();
    std::thread master = reply(listener, control::encode({false, std::string(300'000, 'x')}));
    auto answer = control::ask(connected().get(), "reload");
    master.join();
    CPPUNIT_ASSERT(answer.ok());
    CPPUNIT_ASSERT(!answer->ok);
    CPPUNIT_ASSERT_EQUAL(size_t{300'000}, answer->text.size());
  }

  void aMasterThatEndsGaveNoAnswer() {
    Fd listener = listening();
    std::thread master = reply(listener, "");
    auto answer = control::ask(connected().get(), "reload");
    master.join();
    CPPUNIT_ASSERT(!answer.ok());
  }

  void onlyTheMastersUserMayConnect() {
    Fd listener = listening();
    struct stat status;
    CPPUNIT_ASSERT(stat(path_.c_str(), &status) == 0);
    CPPUNIT_ASSERT_EQUAL(mode_t{0600}, status.st_mode & 0777);
  }

  void longPathsWork() {
    std::string deep = folder_ + "/" + std::string(200, 'd');
    std::filesystem::create_directory(deep);
    path_ = deep + "/weir.pid.sock";
    Fd listener = listening();
    connected();
    // What is left of a dead master is replaced.
    listener.reset();
    listener = listening();
    connected();
  }

  void nobodyListensIsAnError() {
    CPPUNIT_ASSERT(!control::connectTo(path_, 5).ok());
    listening().reset();
    CPPUNIT_ASSERT(!control::connectTo(path_, 5).ok());
    CPPUNIT_ASSERT(!control::connectTo("/nonexistent/x/weir.pid.sock", 5).ok());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ControlTest);

}  // namespace weir
