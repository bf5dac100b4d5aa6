// SPDX-License-Identifier: Apache-2.0
#include "master/control_server.h"

#include <cppunit/extensions/HelperMacros.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <filesystem>
#include <optional>

namespace weir {

class ControlServerTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ControlServerTest);
  CPPUNIT_TEST(handsOnCommandsOnce);
  CPPUNIT_TEST(commandsMayArriveInPieces);
  CPPUNIT_TEST(answersWhenItIsReady);
  CPPUNIT_TEST(largeAnswersWaitForTheReader);
  CPPUNIT_TEST(aClientThatSaysNothingIsDropped);
  CPPUNIT_TEST(aClientThatTalksTooMuchIsDropped);
  CPPUNIT_TEST(aClientThatIsGoneCostsNothing);
  CPPUNIT_TEST(clientsAreBounded);
  CPPUNIT_TEST(removesItsFile);
  CPPUNIT_TEST_SUITE_END();

  Fd client() {
    auto fd = control::connectTo(path_, 5);
    CPPUNIT_ASSERT(fd.ok());
    return std::move(fd).value();
  }
  Fd asking(std::string_view bytes) {
    Fd fd = client();
    say(fd, bytes);
    return fd;
  }
  static void say(const Fd& fd, std::string_view bytes) {
    CPPUNIT_ASSERT(send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  // What there is to read now, and whether the end was reached.
  static std::pair<std::string, bool> heard(const Fd& fd) {
    std::string bytes;
    char chunk[4096];
    ssize_t got;
    while ((got = recv(fd.get(), chunk, sizeof chunk, MSG_DONTWAIT)) > 0) bytes.append(chunk, static_cast<size_t>(got));
    return {bytes, got == 0};
  }
  std::vector<ControlServer::Request> receive() { return server_->receive(now_); }
  size_t watched() const {
    std::vector<pollfd> polled;
    server_->addTo(polled);
    return polled.size();
  }

  Instant now_;
  std::string folder_;
  std::string path_;
  std::optional<ControlServer> server_;

 public:
  void setUp() override {
    char name[] = "/tmp/weir-control-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/weir.pid.sock";
    now_ = Instant(Microseconds(1'000'000'000));
    auto server = ControlServer::open(path_);
    CPPUNIT_ASSERT(server.ok());
    server_.emplace(std::move(server).value());
  }
  void tearDown() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void handsOnCommandsOnce() {
    Fd one = asking("reload\n");
    Fd two = asking("stop\n");
    auto requests = receive();
    CPPUNIT_ASSERT_EQUAL(size_t{2}, requests.size());
    CPPUNIT_ASSERT_EQUAL(std::string("reload"), requests[0].command);
    CPPUNIT_ASSERT_EQUAL(std::string("stop"), requests[1].command);
    CPPUNIT_ASSERT(requests[0].client != requests[1].client);
    CPPUNIT_ASSERT(receive().empty());
  }

  void commandsMayArriveInPieces() {
    Fd fd = asking("rel");
    CPPUNIT_ASSERT(receive().empty());
    say(fd, "oad\n");
    CPPUNIT_ASSERT_EQUAL(size_t{1}, receive().size());
  }

  void answersWhenItIsReady() {
    Fd fd = asking("reload\n");
    auto requests = receive();
    now_ += Milliseconds(60'000);
    receive();
    CPPUNIT_ASSERT(heard(fd) == std::pair(std::string(), false));
    server_->answer(requests[0].client, {false, "a: b\n"}, now_);
    CPPUNIT_ASSERT(heard(fd) == std::pair(std::string("failed\na: b\n"), true));
  }

  void largeAnswersWaitForTheReader() {
    Fd fd = asking("reload\n");
    auto requests = receive();
    server_->answer(requests[0].client, {true, std::string(2'000'000, 'x')}, now_);
    size_t total = 0;
    bool ended = false;
    for (int turn = 0; turn < 1000 && !ended; ++turn) {
      auto [bytes, end] = heard(fd);
      total += bytes.size();
      ended = end;
      receive();
    }
    CPPUNIT_ASSERT(ended);
    CPPUNIT_ASSERT_EQUAL(size_t{2'000'003}, total);
  }

  void aClientThatSaysNothingIsDropped() {
    Fd fd = client();
    receive();
    CPPUNIT_ASSERT(server_->nextDeadline() == now_ + ControlServer::kClientLimit);
    now_ += ControlServer::kClientLimit;
    receive();
    CPPUNIT_ASSERT(heard(fd).second);
    CPPUNIT_ASSERT(server_->nextDeadline() == kNever);
  }

  void aClientThatTalksTooMuchIsDropped() {
    Fd fd = asking(std::string(1000, 'x'));
    receive();
    receive();
    CPPUNIT_ASSERT_EQUAL(size_t{1}, watched());
  }

  void aClientThatIsGoneCostsNothing() {
    asking("reload\n");
    auto requests = receive();
    server_->answer(requests.at(0).client, {true, {}}, now_);
    server_->answer(requests.at(0).client, {true, {}}, now_);
    server_->answer(99, {true, {}}, now_);
    client();
    receive();
    receive();
    CPPUNIT_ASSERT_EQUAL(size_t{1}, watched());
  }

  void clientsAreBounded() {
    std::vector<Fd> clients;
    for (size_t i = 0; i < ControlServer::kMaxClients + 10; ++i) {
      clients.push_back(client());
      receive();
    }
    // The listening socket is not watched while it would only give clients that cannot be had.
    CPPUNIT_ASSERT_EQUAL(ControlServer::kMaxClients, watched());
  }

  void removesItsFile() {
    server_.reset();
    CPPUNIT_ASSERT(std::filesystem::is_empty(folder_));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ControlServerTest);

}  // namespace weir
