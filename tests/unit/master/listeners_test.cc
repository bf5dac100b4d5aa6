// SPDX-License-Identifier: Apache-2.0
// S-1, S-4: sockets are found again by address over reloads, and nothing changes when one of them cannot be had.
#include "master/listeners.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <memory>

#include "shared/stats/segment.h"

namespace weir {

class ListenersTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ListenersTest);
  CPPUNIT_TEST(everySlotHasItsOwnSocketAtOnePort);
  CPPUNIT_TEST(aBoundSocketDoesNotListenBeforeActivation);
  CPPUNIT_TEST(aReloadKeepsSockets);
  CPPUNIT_TEST(moreWorkersGetMoreSockets);
  CPPUNIT_TEST(socketsOfFewerWorkersCloseOnceReleased);
  CPPUNIT_TEST(aListenerThatComesBackHasTheSameSockets);
  CPPUNIT_TEST(anAddressMayGoOverToTheMonitor);
  CPPUNIT_TEST(whatIsGoneClosesOnceReleased);
  CPPUNIT_TEST(undoingClosesWhatWasNew);
  CPPUNIT_TEST(aForeignListenerIsAnErrorEvenWithReuseport);
  CPPUNIT_TEST(ourOwnWildcardIsNoForeigner);
  CPPUNIT_TEST(everyAddressInUseIsReported);
  CPPUNIT_TEST(changedOptionsAreAppliedInPlace);
  CPPUNIT_TEST(optionsOfAnyServerCount);
  CPPUNIT_TEST(ipv6OnlyChangesByOtherSockets);
  CPPUNIT_TEST(whatCannotBeUndoneInPlaceTakesOtherSockets);
  CPPUNIT_TEST(aUnixSocketGetsItsBuffersBack);
  CPPUNIT_TEST(udpIsBoundWhenItIsActivated);
  CPPUNIT_TEST(udpAndTcpOfOnePortAreApart);
  CPPUNIT_TEST(nobodyMayShareAUdpPort);
  CPPUNIT_TEST(metricsBelongToTheMonitor);
  CPPUNIT_TEST(aUnixSocketIsShared);
  CPPUNIT_TEST(aStaleUnixSocketIsReplaced);
  CPPUNIT_TEST(anAnsweredUnixSocketIsNot);
  CPPUNIT_TEST(anyOtherFileIsNot);
  CPPUNIT_TEST(aUnixSocketOfSomebodyElseIsNotRemoved);
  CPPUNIT_TEST(checkAcceptsAddressesInUse);
  CPPUNIT_TEST(checkReportsAddressesThatAreNotOurs);
  CPPUNIT_TEST_SUITE_END();

  static Address address(const std::string& text) { return *Address::parse(text); }
  static Address loopback(uint16_t port = 0) { return address("127.0.0.1:" + std::to_string(port)); }

  // A configuration with one server that listens on these.
  static Settings settings(const std::vector<Address>& addresses) {
    Settings settings;
    settings.servers.emplace_back();
    for (const Address& each : addresses) {
      settings.servers[0].listen.emplace_back();
      settings.servers[0].listen.back().address = each;
    }
    return settings;
  }
  static Settings stream(const Address& address, bool udp) {
    Settings settings;
    auto& listen = settings.streams.emplace_back().listen.emplace_back();
    listen.address = address;
    listen.udp = udp;
    return settings;
  }
  // Opens a set, and activates it: what a start or a committed reload does.
  static Listeners serve(const Settings& settings, const std::vector<unsigned>& slots,
                         const Listeners* previous = nullptr) {
    Diagnostics diagnostics;
    Listeners listeners = Listeners::open(settings, slots, previous, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.formatAll());
    CPPUNIT_ASSERT(listeners.activate().ok());
    return listeners;
  }
  static std::string refusal(const Settings& settings, const Listeners* previous = nullptr) {
    Diagnostics diagnostics;
    Listeners::open(settings, {0, 1}, previous, diagnostics);
    CPPUNIT_ASSERT(diagnostics.hasErrors());
    return diagnostics.formatAll();
  }
  static int socketOf(const Listeners& listeners, unsigned slot, size_t index = 0) {
    return listeners.socketsOf(slot).at(index).fd;
  }
  static Address portOf(const Listeners& listeners, size_t index = 0) {
    return Address::local(socketOf(listeners, 0, index));
  }
  static bool connects(const Address& to) {
    sockaddr_storage storage;
    socklen_t size = to.toSockaddr(storage);
    Fd fd(socket(to.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    return connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0;
  }
  static int option(int fd, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    getsockopt(fd, level, name, &value, &size);
    return value;
  }
  // A listener of another program, which is as permissive as can be.
  static Fd foreigner(const Address& at) {
    Fd fd(socket(at.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    int one = 1;
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    sockaddr_storage storage;
    socklen_t size = at.toSockaddr(storage);
    CPPUNIT_ASSERT(bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0 && listen(fd.get(), 5) == 0);
    return fd;
  }

  static uint16_t freePort() { return Address::local(foreigner(loopback()).get()).port(); }

  std::string folder_;
  Address unix_;

 public:
  void setUp() override {
    char name[] = "/tmp/weir-listeners-XXXXXX";
    folder_ = mkdtemp(name);
    unix_ = address("unix:" + folder_ + "/s");
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

  void everySlotHasItsOwnSocketAtOnePort() {
    Listeners listeners = serve(settings({loopback()}), {0, 1, 2});
    CPPUNIT_ASSERT(socketOf(listeners, 0) != socketOf(listeners, 1));
    CPPUNIT_ASSERT(Address::local(socketOf(listeners, 0)) == Address::local(socketOf(listeners, 2)));
    CPPUNIT_ASSERT_EQUAL(std::string("listen:127.0.0.1:0"), listeners.socketsOf(1).at(0).key);
    CPPUNIT_ASSERT(listeners.socketsOf(3).empty());
    CPPUNIT_ASSERT(connects(portOf(listeners)));
  }

  void aBoundSocketDoesNotListenBeforeActivation() {
    Diagnostics diagnostics;
    Listeners listeners = Listeners::open(settings({loopback()}), {0}, nullptr, diagnostics);
    CPPUNIT_ASSERT(!connects(portOf(listeners)));
    CPPUNIT_ASSERT(listeners.activate().ok());
    CPPUNIT_ASSERT(connects(portOf(listeners)));
  }

  void aReloadKeepsSockets() {
    Settings same = settings({loopback(), unix_});
    Listeners first = serve(same, {0, 1});
    Listeners second = serve(same, {0, 1}, &first);
    for (unsigned slot : {0U, 1U})
      for (size_t i : {0U, 1U}) CPPUNIT_ASSERT_EQUAL(socketOf(first, slot, i), socketOf(second, slot, i));
  }

  void moreWorkersGetMoreSockets() {
    Listeners first = serve(settings({loopback()}), {0});
    Listeners second = serve(settings({loopback()}), {0, 1}, &first);
    CPPUNIT_ASSERT_EQUAL(socketOf(first, 0), socketOf(second, 0));
    CPPUNIT_ASSERT(Address::local(socketOf(second, 1)) == portOf(first));
  }

  void socketsOfFewerWorkersCloseOnceReleased() {
    Listeners first = serve(settings({loopback()}), {0, 1});
    int surplus = socketOf(first, 1);
    first = serve(settings({loopback()}), {0}, &first);
    CPPUNIT_ASSERT(first.socketsOf(1).empty());
    CPPUNIT_ASSERT(Address::local(surplus).port() != 0);
    first.release(1, "listen:127.0.0.1:0");
    CPPUNIT_ASSERT(!Address::local(surplus).port());
  }

  void whatIsGoneClosesOnceReleased() {
    Listeners first = serve(settings({loopback(), unix_}), {0, 1});
    Address gone = portOf(first);
    first = serve(settings({unix_}), {0, 1}, &first);
    CPPUNIT_ASSERT(connects(gone));
    first.releaseAll(0);
    CPPUNIT_ASSERT(connects(gone));
    first.releaseAll(1);
    CPPUNIT_ASSERT(!connects(gone));
    CPPUNIT_ASSERT(connects(unix_));
  }

  // Its workers may still be emptying them.
  void aListenerThatComesBackHasTheSameSockets() {
    uint16_t port = freePort();
    Listeners first = serve(settings({loopback(port), unix_}), {0, 1});
    int socket = socketOf(first, 1);
    Listeners second = serve(settings({unix_}), {0, 1}, &first);
    first = {};
    Listeners third = serve(settings({loopback(port), unix_}), {0, 1}, &second);
    CPPUNIT_ASSERT_EQUAL(socket, socketOf(third, 1));
    third.releaseAll(1);  // of what it had, not of what it has again
    CPPUNIT_ASSERT(connects(loopback(port)));
    CPPUNIT_ASSERT(Address::local(socket) == loopback(port));
  }

  void anAddressMayGoOverToTheMonitor() {
    uint16_t port = freePort();
    Listeners first = serve(settings({loopback(port)}), {0});
    Settings after = settings({unix_});
    after.metrics.listen = {loopback(port)};
    Listeners second = serve(after, {0}, &first);
    first = {};
    second.release(0, "listen:127.0.0.1:" + std::to_string(port));
    CPPUNIT_ASSERT(connects(loopback(port)));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, second.socketsOf(Segment::kMonitorSlot).size());
  }

  void undoingClosesWhatWasNew() {
    Listeners first = serve(settings({loopback()}), {0});
    Fd taken = foreigner(loopback());
    Address other = address("unix:" + folder_ + "/new");
    refusal(settings({loopback(), other, Address::local(taken.get())}), &first);
    CPPUNIT_ASSERT(!std::filesystem::exists(other.path()));
    CPPUNIT_ASSERT(connects(portOf(first)));
  }

  void aForeignListenerIsAnErrorEvenWithReuseport() {
    Fd taken = foreigner(loopback());
    Address at = Address::local(taken.get());
    CPPUNIT_ASSERT(refusal(settings({at})).find(at.toString() + ": Address already in use") != std::string::npos);
  }

  void ourOwnWildcardIsNoForeigner() {
    uint16_t port = freePort();
    Listeners first = serve(settings({address("*:" + std::to_string(port))}), {0, 1});
    Listeners second = serve(settings({address("*:" + std::to_string(port)), loopback(port)}), {0, 1}, &first);
    CPPUNIT_ASSERT_EQUAL(size_t{2}, second.socketsOf(1).size());
  }

  void everyAddressInUseIsReported() {
    Fd one = foreigner(loopback());
    Fd two = foreigner(unix_);
    std::string text = refusal(settings({Address::local(one.get()), unix_}));
    CPPUNIT_ASSERT(text.find(Address::local(one.get()).toString()) != std::string::npos);
    CPPUNIT_ASSERT(text.find(unix_.toString()) != std::string::npos);
  }

  void changedOptionsAreAppliedInPlace() {
    Settings before = settings({loopback()});
    Listeners first = serve(before, {0, 1});
    Settings after = before;
    after.servers[0].listen[0].deferred = true;
    after.servers[0].listen[0].so_keepalive = "30m::10";
    Listeners second = serve(after, {0, 1}, &first);
    CPPUNIT_ASSERT_EQUAL(0, option(socketOf(second, 1), IPPROTO_TCP, TCP_DEFER_ACCEPT));
    second.applyChanges();
    CPPUNIT_ASSERT(option(socketOf(second, 1), IPPROTO_TCP, TCP_DEFER_ACCEPT) > 0);
    CPPUNIT_ASSERT_EQUAL(1800, option(socketOf(second, 1), IPPROTO_TCP, TCP_KEEPIDLE));
    CPPUNIT_ASSERT_EQUAL(10, option(socketOf(second, 1), IPPROTO_TCP, TCP_KEEPCNT));
    after.servers[0].listen[0].deferred = false;
    Listeners third = serve(after, {0, 1}, &second);
    third.applyChanges();
    CPPUNIT_ASSERT_EQUAL(socketOf(first, 1), socketOf(third, 1));
    CPPUNIT_ASSERT_EQUAL(0, option(socketOf(third, 1), IPPROTO_TCP, TCP_DEFER_ACCEPT));
  }

  void optionsOfAnyServerCount() {
    Settings both = settings({loopback()});
    both.servers.push_back(both.servers[0]);
    both.servers[1].listen[0].so_keepalive = "on";
    both.servers[1].listen[0].rcvbuf = Size{65536};
    Listeners listeners = serve(both, {0});
    CPPUNIT_ASSERT_EQUAL(1, option(socketOf(listeners, 0), SOL_SOCKET, SO_KEEPALIVE));
    CPPUNIT_ASSERT_EQUAL(2 * 65536, option(socketOf(listeners, 0), SOL_SOCKET, SO_RCVBUF));
  }

  void ipv6OnlyChangesByOtherSockets() {
    Settings before = settings({address("[::]:" + std::to_string(freePort()))});
    Listeners first = serve(before, {0, 1});
    CPPUNIT_ASSERT_EQUAL(1, option(socketOf(first, 0), IPPROTO_IPV6, IPV6_V6ONLY));
    Settings after = before;
    after.servers[0].listen[0].ipv6only = false;
    Listeners second = serve(after, {0, 1}, &first);
    CPPUNIT_ASSERT_EQUAL(0, option(socketOf(second, 0), IPPROTO_IPV6, IPV6_V6ONLY));
    int old = socketOf(first, 0);
    first = {};
    CPPUNIT_ASSERT(Address::local(old).port() != 0);
    for (unsigned slot : {0U, 1U}) second.release(slot, second.socketsOf(0).at(0).key);
    CPPUNIT_ASSERT(Address::local(old).port() == 0);
    CPPUNIT_ASSERT(connects(loopback(portOf(second).port())));
  }

  void whatCannotBeUndoneInPlaceTakesOtherSockets() {
    Settings plain = settings({loopback(freePort())});
    Settings special = plain;
    special.servers[0].listen[0].so_keepalive = "30m::10";
    special.servers[0].listen[0].rcvbuf = Size{50000};
    Listeners first = serve(plain, {0, 1});
    Listeners second = serve(special, {0, 1}, &first);
    CPPUNIT_ASSERT_EQUAL(socketOf(first, 0), socketOf(second, 0));
    second.applyChanges();
    Listeners third = serve(plain, {0, 1}, &second);
    CPPUNIT_ASSERT(socketOf(second, 0) != socketOf(third, 0));
    CPPUNIT_ASSERT(option(socketOf(third, 0), IPPROTO_TCP, TCP_KEEPIDLE) != 1800);
    CPPUNIT_ASSERT(option(socketOf(third, 0), SOL_SOCKET, SO_RCVBUF) != 2 * 50000);
    CPPUNIT_ASSERT_EQUAL(size_t{2}, third.status().at(0).leaving);
    first = {};
    second = {};
    for (unsigned slot : {0U, 1U}) third.releaseAll(slot);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, third.status().at(0).leaving);
    CPPUNIT_ASSERT(connects(portOf(third)));
  }

  void aUnixSocketGetsItsBuffersBack() {
    Settings plain = settings({unix_});
    Settings special = plain;
    special.servers[0].listen[0].sndbuf = Size{65536};
    Listeners first = serve(plain, {0});
    int before = option(socketOf(first, 0), SOL_SOCKET, SO_SNDBUF);
    Listeners second = serve(special, {0}, &first);
    second.applyChanges();
    CPPUNIT_ASSERT_EQUAL(2 * 65536, option(socketOf(second, 0), SOL_SOCKET, SO_SNDBUF));
    Listeners third = serve(plain, {0}, &second);
    third.applyChanges();
    CPPUNIT_ASSERT_EQUAL(before, option(socketOf(third, 0), SOL_SOCKET, SO_SNDBUF));
  }

  void udpIsBoundWhenItIsActivated() {
    Settings settings = stream(loopback(freePort()), true);
    Diagnostics diagnostics;
    Listeners listeners = Listeners::open(settings, {0, 1}, nullptr, diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string("listen:" + settings.streams[0].listen[0].key()),
                         listeners.socketsOf(1).at(0).key);
    CPPUNIT_ASSERT_EQUAL(uint16_t{0}, portOf(listeners).port());
    CPPUNIT_ASSERT(listeners.activate().ok());
    CPPUNIT_ASSERT(portOf(listeners) == settings.streams[0].listen[0].address);
    CPPUNIT_ASSERT(Address::local(socketOf(listeners, 1)) == portOf(listeners));
    CPPUNIT_ASSERT_EQUAL(0, option(socketOf(listeners, 0), SOL_SOCKET, SO_REUSEADDR));
  }

  void udpAndTcpOfOnePortAreApart() {
    Settings settings = stream(loopback(freePort()), true);
    settings.streams.push_back(settings.streams[0]);
    settings.streams[1].listen[0].udp = false;
    Listeners listeners = serve(settings, {0});
    CPPUNIT_ASSERT_EQUAL(size_t{2}, listeners.socketsOf(0).size());
    CPPUNIT_ASSERT(connects(settings.streams[0].listen[0].address));
    Listeners again = serve(settings, {0}, &listeners);
    CPPUNIT_ASSERT_EQUAL(socketOf(listeners, 0, 0), socketOf(again, 0, 0));
    CPPUNIT_ASSERT_EQUAL(socketOf(listeners, 0, 1), socketOf(again, 0, 1));
  }

  void nobodyMayShareAUdpPort() {
    Settings settings = stream(loopback(freePort()), true);
    Listeners listeners = serve(settings, {0});
    CPPUNIT_ASSERT_EQUAL("bind " + settings.streams[0].listen[0].address.toString() + ": Address already in use\n",
                         refusal(settings));
  }

  void metricsBelongToTheMonitor() {
    Settings with = settings({loopback()});
    with.metrics.listen = {unix_};
    Listeners listeners = serve(with, {0});
    CPPUNIT_ASSERT_EQUAL(size_t{1}, listeners.socketsOf(0).size());
    CPPUNIT_ASSERT_EQUAL("metrics:" + unix_.toString(), listeners.socketsOf(Segment::kMonitorSlot).at(0).key);
  }

  void aUnixSocketIsShared() {
    Listeners listeners = serve(settings({unix_}), {0, 1});
    CPPUNIT_ASSERT_EQUAL(socketOf(listeners, 0), socketOf(listeners, 1));
    CPPUNIT_ASSERT(connects(unix_));
    struct stat status;
    CPPUNIT_ASSERT(stat(unix_.path().c_str(), &status) == 0);
    CPPUNIT_ASSERT_EQUAL(mode_t{0666}, status.st_mode & 0777);
    listeners = Listeners();
    CPPUNIT_ASSERT(!std::filesystem::exists(unix_.path()));
  }

  void aStaleUnixSocketIsReplaced() {
    foreigner(unix_).reset();
    CPPUNIT_ASSERT(std::filesystem::exists(unix_.path()));
    Listeners listeners = serve(settings({unix_}), {0});
    CPPUNIT_ASSERT(connects(unix_));
  }

  void anAnsweredUnixSocketIsNot() {
    Fd other = foreigner(unix_);
    CPPUNIT_ASSERT(refusal(settings({unix_})).find("Address already in use") != std::string::npos);
    CPPUNIT_ASSERT(connects(unix_));
  }

  void anyOtherFileIsNot() {
    Fd file(creat(unix_.path().c_str(), 0600));
    refusal(settings({unix_}));
    CPPUNIT_ASSERT(std::filesystem::is_regular_file(unix_.path()));
  }

  void aUnixSocketOfSomebodyElseIsNotRemoved() {
    Listeners listeners = serve(settings({unix_}), {0});
    std::filesystem::rename(unix_.path(), unix_.path() + ".old");
    Fd successor = foreigner(unix_);
    listeners = Listeners();
    CPPUNIT_ASSERT(connects(unix_));
  }

  void checkAcceptsAddressesInUse() {
    Fd taken = foreigner(loopback());
    Diagnostics diagnostics;
    Listeners::check(settings({Address::local(taken.get()), unix_}), diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.formatAll());
    CPPUNIT_ASSERT(!std::filesystem::exists(unix_.path()));
  }

  void checkReportsAddressesThatAreNotOurs() {
    Diagnostics diagnostics;
    // RFC 5737's documentation range is on no interface.
    Listeners::check(settings({address("192.0.2.1:80"), address("unix:/nonexistent/s")}), diagnostics);
    CPPUNIT_ASSERT_EQUAL(size_t{2}, diagnostics.errorCount());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ListenersTest);

}  // namespace weir
