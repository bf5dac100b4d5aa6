// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/upstream.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {

// Upstreams whose servers are names (S-24).
class UpstreamTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(UpstreamTest);
  CPPUNIT_TEST(anUnresolvedNameIsNoPeer);
  CPPUNIT_TEST(aNameIsAsManyPeersAsItHasAddresses);
  CPPUNIT_TEST(aNamesAddressesHaveTheServersSettings);
  CPPUNIT_TEST(unchangedAddressesKeepHealthAndConnections);
  CPPUNIT_TEST(aReloadKeepsTheKnownAddresses);
  CPPUNIT_TEST(preparedNamesAreWaitedFor);
  CPPUNIT_TEST(aNameAndAnAddressMayMeet);
  CPPUNIT_TEST_SUITE_END();

  std::optional<EventLoop> loop_;
  std::optional<UpstreamDirectory> directory_;

  static PeerSetting named(const std::string& host) {
    PeerSetting setting;
    setting.host = host;
    return setting;
  }
  void apply(std::vector<PeerSetting> servers) {
    directory_->commit(directory_->prepare({upstreamOf(std::move(servers))}));
  }
  void resolve(std::string_view name, std::vector<std::string> addresses) {
    Resolution resolution{ResolveStatus::Found, {}, std::chrono::seconds(5), {}};
    for (const std::string& text : addresses) resolution.addresses.push_back(Address::parse(text).value());
    directory_->names().obtain(name)->learn(resolution, loop_->now());
  }
  Ref<Upstream> app() { return directory_->obtain("app"); }
  PeerSet& peers() { return *app()->peers(); }
  std::string names() {
    std::string all;
    for (size_t i = 0; i < peers().size(); ++i) all += peers()[i].peer->name() + " ";
    return all;
  }

 public:
  void setUp() override {
    UpstreamFixture::setUp();
    loop_.emplace();
    directory_.emplace(*loop_, stats().segment());
  }
  void tearDown() override {
    directory_.reset();
    loop_.reset();
    UpstreamFixture::tearDown();
  }

  void anUnresolvedNameIsNoPeer() {
    apply({named("backend:81"), server('a')});
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:1 "), names());
  }

  void aNameIsAsManyPeersAsItHasAddresses() {
    apply({named("backend:81"), named("backend:82")});
    resolve("backend", {"10.0.0.1", "[::1]"});
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1:81 [::1]:81 10.0.0.1:82 [::1]:82 "), names());
  }

  void aNamesAddressesHaveTheServersSettings() {
    PeerSetting setting = named("backend:81");
    setting.weight = 7;
    setting.max_conns = 5;
    apply({setting});
    resolve("backend", {"10.0.0.1", "10.0.0.2"});
    CPPUNIT_ASSERT_EQUAL(int64_t{7}, peers()[1].weight);
    CPPUNIT_ASSERT_EQUAL(uint32_t{5}, peers()[1].max_conns);
    CPPUNIT_ASSERT_EQUAL(uint32_t{3}, peers()[1].policy.max_fails);  // several peers: not the only server
  }

  void unchangedAddressesKeepHealthAndConnections() {
    apply({named("backend:81")});
    resolve("backend", {"10.0.0.1", "10.0.0.2"});
    Wire wire(*loop_);
    const TriedPeers none;
    Lease lease = app()->lease(app()->peers(), {loop_->now(), none, {}});
    Ref<Peer> first = lease.peer();
    lease.connected(std::move(wire.stream), 0, loop_->now());
    settle(*loop_);
    lease.reuse();
    app()->peers()->failed(0, loop_->now());

    resolve("backend", {"10.0.0.3", "10.0.0.1"});
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.3:81 10.0.0.1:81 "), names());
    CPPUNIT_ASSERT(peers()[1].peer == first);
    CPPUNIT_ASSERT_EQUAL(uint32_t{1}, first->health().fails());
    CPPUNIT_ASSERT_EQUAL(size_t{1}, app()->pool().size());

    resolve("backend", {"10.0.0.3"});
    settle(*loop_);
    CPPUNIT_ASSERT(!wire.open());
  }

  void aReloadKeepsTheKnownAddresses() {
    apply({named("backend:81")});
    resolve("backend", {"10.0.0.1"});
    apply({named("backend:82"), server('a')});
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1:82 127.0.0.1:1 "), names());
  }

  void preparedNamesAreWaitedFor() {
    PreparedUpstreams prepared = directory_->prepare({upstreamOf({named("backend:81")})});
    CPPUNIT_ASSERT(!prepared.resolved());
    resolve("backend", {"10.0.0.1"});
    CPPUNIT_ASSERT(prepared.resolved());
    CPPUNIT_ASSERT_EQUAL(std::string(), names());
    directory_->commit(std::move(prepared));
    CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.1:81 "), names());
  }

  void aNameAndAnAddressMayMeet() {
    apply({named("backend:1"), server('a', 3)});
    resolve("backend", {"127.0.0.1"});
    CPPUNIT_ASSERT_EQUAL(size_t{2}, peers().size());
    CPPUNIT_ASSERT(peers()[0].peer == peers()[1].peer);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamTest);

}  // namespace weir
