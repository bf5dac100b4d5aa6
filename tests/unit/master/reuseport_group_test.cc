// SPDX-License-Identifier: Apache-2.0
// S-2: new connections go where they are steered to, and a socket that closes leaves the others' places as they were.
#include "master/reuseport_group.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/socket.h>

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace weir {

class ReuseportGroupTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReuseportGroupTest);
  CPPUNIT_TEST(allAreChosenAtFirst);
  CPPUNIT_TEST(whoIsAvoidedGetsNothingUntilGivenBack);
  CPPUNIT_TEST(ifAllAreAvoidedNobodyIs);
  CPPUNIT_TEST(whoIsNotKeptGetsNothing);
  CPPUNIT_TEST(lastSocketsCloseWhenReleased);
  CPPUNIT_TEST(theLastSocketTakesThePlaceOfAClosedOne);
  CPPUNIT_TEST(whoLeavesMayBeMoved);
  CPPUNIT_TEST(sparesStayBeforeTheOnlyOneThatServes);
  CPPUNIT_TEST(oneSpareCanCloseBeforeTheOnlyOne);
  CPPUNIT_TEST(whoServesIsNotReleased);
  CPPUNIT_TEST(whoLeavesMayComeBack);
  CPPUNIT_TEST(whileAllLeaveTheyShare);
  CPPUNIT_TEST(whatADeadOneHadNotEmptiedAnotherEmpties);
  CPPUNIT_TEST_SUITE_END();

  using Slots = std::set<unsigned>;
  static constexpr int kClients = 60;

  ReuseportGroup group_;
  Address address_;
  std::map<unsigned, std::shared_ptr<ListenSocket>> sockets_;  // by the slot that had it first

  void join(unsigned slot) {
    ListenSetting setting;
    setting.address = address_;
    auto bound = ListenSocket::bind(setting);
    CPPUNIT_ASSERT(bound.ok());
    auto socket = std::make_shared<ListenSocket>(std::move(bound).value());
    address_ = socket->address();
    CPPUNIT_ASSERT(group_.join(slot, socket, 511).ok());
    sockets_[slot] = socket;
  }
  void joinAll(const Slots& slots) {
    for (unsigned slot : slots) join(slot);
  }
  void keepOnly(const Slots& slots) {
    std::set<const ListenSocket*> kept;
    for (unsigned slot : slots) kept.insert(sockets_.at(slot).get());
    group_.keepOnly(kept);
  }
  // As when no generation holds these any more.
  void forget(const Slots& slots) {
    for (unsigned slot : slots) sockets_.erase(slot);
  }
  void leaveAndRelease(const Slots& kept, const Slots& gone) {
    forget(gone);
    keepOnly(kept);
    for (unsigned slot : gone) group_.release(slot);
  }

  static int acceptAll(const ListenSocket& socket) {
    int count = 0;
    while (Fd(accept4(socket.fd(), nullptr, nullptr, SOCK_CLOEXEC))) ++count;
    return count;
  }
  std::vector<Fd> connectMany() {
    sockaddr_storage storage;
    socklen_t size = address_.toSockaddr(storage);
    std::vector<Fd> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      CPPUNIT_ASSERT(connect(clients.back().get(), reinterpret_cast<sockaddr*>(&storage), size) == 0);
    }
    return clients;
  }
  // Who got at least one of many new connections; every one of them arrived somewhere.
  Slots receivers() {
    std::vector<Fd> clients = connectMany();
    Slots found;
    int total = 0;
    for (const auto& [slot, socket] : sockets_) {
      int count = acceptAll(*socket);
      total += count;
      if (count > 0) found.insert(slot);
    }
    CPPUNIT_ASSERT_EQUAL(kClients, total);
    return found;
  }
  static std::string text(const Slots& slots) {
    std::string text;
    for (unsigned slot : slots) text += std::to_string(slot) + " ";
    return text;
  }
  void expect(const Slots& slots) { CPPUNIT_ASSERT_EQUAL(text(slots), text(receivers())); }

 public:
  void setUp() override { address_ = *Address::parse("127.0.0.1:0"); }

  void allAreChosenAtFirst() {
    joinAll({0, 1, 2});
    CPPUNIT_ASSERT(group_.chosen().empty());
    expect({0, 1, 2});
  }

  void whoIsAvoidedGetsNothingUntilGivenBack() {
    joinAll({0, 1, 2});
    group_.steerAwayFrom({1});
    expect({0, 2});
    group_.steerAwayFrom({});
    expect({0, 1, 2});
  }

  void ifAllAreAvoidedNobodyIs() {
    joinAll({0, 1});
    group_.steerAwayFrom({0, 1});
    expect({0, 1});
  }

  void whoIsNotKeptGetsNothing() {
    joinAll({0, 1, 2, 3});
    keepOnly({0, 3});
    expect({0, 3});
    CPPUNIT_ASSERT_EQUAL(size_t{4}, group_.size());
  }

  void lastSocketsCloseWhenReleased() {
    joinAll({0, 1, 2, 3});
    leaveAndRelease({0, 1}, {2, 3});
    CPPUNIT_ASSERT_EQUAL(size_t{2}, group_.size());
    CPPUNIT_ASSERT(group_.chosen().empty());
    expect({0, 1});
  }

  void theLastSocketTakesThePlaceOfAClosedOne() {
    joinAll({0, 1, 2, 3});
    leaveAndRelease({1, 3}, {0, 2});
    CPPUNIT_ASSERT_EQUAL(size_t{2}, group_.size());
    CPPUNIT_ASSERT(group_.chosen().empty());
    expect({1, 3});
    join(4);
    group_.steerAwayFrom({3});
    expect({1, 4});
  }

  void whoLeavesMayBeMoved() {
    joinAll({0, 1, 2, 3});
    forget({0});
    keepOnly({1, 2});
    group_.release(0);  // 3 takes its place, and has still to be emptied
    CPPUNIT_ASSERT_EQUAL(size_t{3}, group_.size());
    expect({1, 2});
    forget({3});
    group_.release(3);
    CPPUNIT_ASSERT_EQUAL(size_t{2}, group_.size());
    expect({1, 2});
  }

  void sparesStayBeforeTheOnlyOneThatServes() {
    joinAll({0, 1, 2});
    leaveAndRelease({2}, {0, 1});
    CPPUNIT_ASSERT_EQUAL(size_t{3}, group_.size());
    expect({2});
    join(3);
    keepOnly({2, 3});
    CPPUNIT_ASSERT_EQUAL(size_t{2}, group_.size());
    expect({2, 3});
  }

  void oneSpareCanCloseBeforeTheOnlyOne() {
    joinAll({0, 1});
    leaveAndRelease({1}, {0});
    CPPUNIT_ASSERT_EQUAL(size_t{1}, group_.size());
    CPPUNIT_ASSERT(group_.chosen().empty());
    expect({1});
  }

  void whoServesIsNotReleased() {
    joinAll({0, 1});
    group_.release(1);
    expect({0, 1});
  }

  void whoLeavesMayComeBack() {
    joinAll({0, 1});
    auto own = sockets_[1];
    keepOnly({0});
    CPPUNIT_ASSERT(group_.leavingOf(2) == nullptr);
    CPPUNIT_ASSERT(group_.leavingOf(1) == own);
    CPPUNIT_ASSERT(group_.join(1, own, 511).ok());
    keepOnly({0, 1});
    group_.release(1);  // said before it came back
    expect({0, 1});
  }

  // A listener that was removed: who has not yet let go takes what still comes.
  void whileAllLeaveTheyShare() {
    joinAll({0, 1});
    leaveAndRelease({}, {0});
    CPPUNIT_ASSERT_EQUAL(size_t{1}, group_.size());
    expect({1});
    leaveAndRelease({}, {1});
    CPPUNIT_ASSERT(group_.empty());
  }

  void whatADeadOneHadNotEmptiedAnotherEmpties() {
    joinAll({0, 1});
    auto own = sockets_[1];
    keepOnly({0});
    CPPUNIT_ASSERT(group_.bequeath(1, 0) == nullptr);
    keepOnly({});  // both leave: some clients come to each
    std::vector<Fd> clients = connectMany();
    CPPUNIT_ASSERT(own->queued() > 0);
    CPPUNIT_ASSERT(group_.bequeath(1, 0) == own);
    forget({1});
    group_.release(1);
    CPPUNIT_ASSERT_EQUAL(size_t{2}, group_.size());
    CPPUNIT_ASSERT(acceptAll(*own) > 0);
    own.reset();
    group_.release(0);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, group_.size());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReuseportGroupTest);

}  // namespace weir
