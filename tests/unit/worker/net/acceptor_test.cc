// SPDX-License-Identifier: Apache-2.0
#include "worker/net/acceptor.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/resource.h>

#include <optional>
#include <vector>

#include "shared/base/log.h"
#include "tests/unit/shared/stats/forked_process.h"
#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"

namespace weir {
namespace {

struct Evicted : Retirable {
  explicit Evicted(Fd fd) : connection(std::move(fd)) {}
  Fd connection;
};

struct Accepted : Acceptor::Owner {
  void onAccept(Fd connection, const sockaddr* remote, socklen_t size) override {
    addresses.push_back(Address::fromSockaddr(remote, size));
    connections.push_back(std::move(connection));
  }
  // As a stream does: its descriptor is closed when the turn ends.
  bool makeRoom() override {
    if (idle == 0) return false;
    --idle;
    ++evicted;
    loop->retire(std::make_unique<Evicted>(std::move(connections.front())));
    connections.erase(connections.begin());
    return true;
  }
  void onDescriptorsExhausted() override { ++exhausted; }

  std::vector<Fd> connections;
  std::vector<Address> addresses;
  EventLoop* loop = nullptr;
  int idle = 0;  // how many may be given up
  int evicted = 0;
  int exhausted = 0;
};

struct Listening {
  explicit Listening(int backlog) {
    Fd fd = listenOnLoopback(backlog);
    address = Address::local(fd.get());
    accepted.loop = &loop;
    acceptor.emplace(loop, std::move(fd), accepted);
  }
  void connect(int count) {
    for (int i = 0; i < count; ++i) clients.push_back(connectTo(address));
  }
  bool accepts(size_t count) {
    return turnUntil(loop, [&] { return accepted.connections.size() >= count; });
  }

  EventLoop loop;
  Accepted accepted;
  Address address;
  std::optional<Acceptor> acceptor;
  std::vector<Fd> clients;
};

// From now on only so many more descriptors can be opened. REQUIRES: the numbers in use have no gaps
void leaveDescriptors(int count) {
  int next = ::dup(0);
  ::close(next);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = static_cast<rlim_t>(next + count);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// In a child: aborting is failing.
void require(bool so) {
  if (!so) _exit(1);
}

}  // namespace

class AcceptorTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AcceptorTest);
  CPPUNIT_TEST(givesNonBlockingDescriptorsAndAddresses);
  CPPUNIT_TEST(acceptsWhatWaitedBeforeItBegan);
  CPPUNIT_TEST(floodIsTakenInBatches);
  CPPUNIT_TEST(stoppedLeavesClientsInTheQueue);
  CPPUNIT_TEST(whatIsQueuedCanBeTakenAtOnce_S2);
  CPPUNIT_TEST(clientThatIsGoneAlreadyIsNoObstacle);
  CPPUNIT_TEST(outOfDescriptorsTurnsOneAwayPausesAndRecovers);
  CPPUNIT_TEST(outOfDescriptorsTheIdleMakeRoom);
  CPPUNIT_TEST(roomThatDoesNotHelpIsMadeAFewTimesOnly);
  CPPUNIT_TEST_SUITE_END();

 public:
  void givesNonBlockingDescriptorsAndAddresses() {
    Listening at(8);
    at.connect(1);
    CPPUNIT_ASSERT(at.accepts(1));
    int fd = at.accepted.connections[0].get();
    CPPUNIT_ASSERT((::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    CPPUNIT_ASSERT((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    CPPUNIT_ASSERT(Address::local(at.clients[0].get()) == at.accepted.addresses[0]);
  }

  void acceptsWhatWaitedBeforeItBegan() {
    EventLoop loop;
    Accepted accepted;
    Fd fd = listenOnLoopback();
    Fd client = connectTo(Address::local(fd.get()));
    Acceptor acceptor(loop, std::move(fd), accepted);
    CPPUNIT_ASSERT(turnUntil(loop, [&] { return accepted.connections.size() == 1; }));
  }

  void floodIsTakenInBatches() {
    Listening at(512);
    at.connect(300);
    at.loop.turn(Milliseconds{100});
    // One batch for the event, one for the turn's task.
    CPPUNIT_ASSERT_EQUAL(size_t{2 * Acceptor::kBatch}, at.accepted.connections.size());
    CPPUNIT_ASSERT(at.accepts(300));
  }

  void stoppedLeavesClientsInTheQueue() {
    Listening at(8);
    at.acceptor->stop();
    at.connect(3);
    for (int i = 0; i < 5; ++i) at.loop.turn(Milliseconds{2});
    CPPUNIT_ASSERT(at.accepted.connections.empty());
    at.acceptor->start();
    CPPUNIT_ASSERT(at.accepts(3));
  }

  void whatIsQueuedCanBeTakenAtOnce_S2() {
    Listening at(512);
    at.connect(3 * Acceptor::kBatch);
    at.acceptor->acceptQueued();
    CPPUNIT_ASSERT_EQUAL(size_t{3 * Acceptor::kBatch}, at.accepted.connections.size());
  }

  void clientThatIsGoneAlreadyIsNoObstacle() {
    Listening at(8);
    at.connect(3);
    closeWithReset(std::move(at.clients[1]));
    at.connect(1);
    CPPUNIT_ASSERT(at.accepts(3));
  }

  void outOfDescriptorsTurnsOneAwayPausesAndRecovers() {
    ForkedProcess child([] {
      log::setThreshold(LogLevel::Emerg);
      Listening at(64);
      at.connect(8);
      leaveDescriptors(3);
      require(turnUntil(at.loop, [&] { return at.accepted.exhausted > 0; }));
      require(at.accepted.connections.size() == 3);
      require(receiveError(at.clients[3].get()) == ECONNRESET || atEnd(at.clients[3].get()));
      Instant paused = monotonicNow();
      at.accepted.connections.clear();
      require(at.accepts(1));
      require(monotonicNow() - paused >= Acceptor::kPause - Milliseconds{20});
      // The other four: three fit, one more is turned away, and so on until nobody waits.
      require(turnUntil(at.loop, [&] {
        if (at.accepted.exhausted == 2) at.accepted.connections.clear();
        return at.accepted.addresses.size() + static_cast<size_t>(at.accepted.exhausted) == 8;
      }));
    });
    CPPUNIT_ASSERT(child.succeeds());
  }

  void outOfDescriptorsTheIdleMakeRoom() {
    ForkedProcess child([] {
      log::setThreshold(LogLevel::Emerg);
      Listening at(64);
      at.connect(40);
      leaveDescriptors(10);
      at.accepted.idle = 1000;
      require(turnUntil(at.loop, [&] { return at.accepted.addresses.size() == 40; }));
      require(at.accepted.exhausted == 0);
      // A few at a time, and no more often than descriptors ran out.
      require(at.accepted.evicted == 32);
    });
    CPPUNIT_ASSERT(child.succeeds());
  }

  // Somebody else takes the descriptors, or it is the system that has no more.
  void roomThatDoesNotHelpIsMadeAFewTimesOnly() {
    ForkedProcess child([] {
      log::setThreshold(LogLevel::Emerg);
      Listening at(64);
      at.connect(40);
      require(at.accepts(40));
      at.connect(1);
      leaveDescriptors(-41);  // those of the 40 are beyond it too
      at.accepted.idle = 40;
      require(turnUntil(at.loop, [&] { return at.accepted.exhausted == 1; }));
      require(at.accepted.evicted == Acceptor::kMaxRetries * Acceptor::kRoom);
    });
    CPPUNIT_ASSERT(child.succeeds());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AcceptorTest);

}  // namespace weir
