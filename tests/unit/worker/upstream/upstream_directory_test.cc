// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/upstream_directory.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"

namespace weir {

class UpstreamDirectoryTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(UpstreamDirectoryTest);
  CPPUNIT_TEST(anUpstreamIsMadeOnce);
  CPPUNIT_TEST(preparingChangesNothingThatIsSeen);
  CPPUNIT_TEST(anAddressImpliesItsUpstream);
  CPPUNIT_TEST(whatVariablesMakeIsNoLabel);
  CPPUNIT_TEST(peersOfVariablesFailAlone);
  CPPUNIT_TEST(aReloadKeepsIdleConnections);
  CPPUNIT_TEST(aReloadKeepsHealth);
  CPPUNIT_TEST(aReloadChangesWeights);
  CPPUNIT_TEST(anExchangeKeepsTheSetItBeganWith);
  CPPUNIT_TEST(aRemovedPeersConnectionsAreClosed);
  CPPUNIT_TEST(aRemovedUpstreamEndsWithItsLastReference);
  CPPUNIT_TEST(aRemovedUpstreamMayComeBack);
  CPPUNIT_TEST(theFirstOfOneNameCounts);
  CPPUNIT_TEST(drainingKeepsNoConnections);
  CPPUNIT_TEST(anImplicitUpstreamHasOneServer);
  CPPUNIT_TEST_SUITE_END();

  std::optional<EventLoop> loop_;
  std::optional<UpstreamDirectory> directory_;

  void apply(std::vector<UpstreamSettings> all) { directory_->commit(directory_->prepare(std::move(all))); }
  Ref<Upstream> app() { return directory_->find("app"); }

  Lease leaseOf(Upstream& upstream) {
    const TriedPeers none;
    return upstream.lease(upstream.peers(), {loop_->now(), none, {}});
  }
  // The peers of so many turns.
  std::string turns(int count) {
    std::string letters;
    while (count-- > 0) letters += letterOf(*leaseOf(*app()).peer());
    return letters;
  }
  // One request to the next peer, whose connection stays.
  void serve(Wire& wire) {
    Lease lease = leaseOf(*app());
    lease.connected(std::move(wire.stream), 0, loop_->now());
    settle(*loop_);
    lease.reuse();
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

  void anUpstreamIsMadeOnce() {
    Ref<Upstream> first = directory_->obtain("app");
    CPPUNIT_ASSERT(first == directory_->obtain("app"));
    CPPUNIT_ASSERT(!(first == directory_->obtain("other")));
  }

  void preparingChangesNothingThatIsSeen() {
    apply({upstreamOf({server('a')})});
    {
      PreparedUpstreams prepared = directory_->prepare({upstreamOf({server('b')}), implicitUpstream("later.test:9")});
      CPPUNIT_ASSERT_EQUAL(std::string("aa"), turns(2));
      CPPUNIT_ASSERT(!directory_->find("later.test:9"));
      CPPUNIT_ASSERT(directory_->obtain("later.test:9")->peers()->size() == 0);
    }
    CPPUNIT_ASSERT_EQUAL(std::string("a"), turns(1));
  }

  // For what variables make: an address needs no section.
  void anAddressImpliesItsUpstream() {
    Ref<Upstream> implied = directory_->find("127.0.0.1:9");
    CPPUNIT_ASSERT(implied && implied->peers()->size() == 1);
    CPPUNIT_ASSERT(implied == directory_->find("127.0.0.1:9"));
    CPPUNIT_ASSERT(!directory_->find("a.name.test:9"));
  }

  void whatVariablesMakeIsNoLabel() {
    apply({implicitUpstream("127.0.0.1:9")});
    auto use = [&](int port) {
      Ref<Upstream> upstream = directory_->find("127.0.0.1:" + std::to_string(port));
      CPPUNIT_ASSERT_EQUAL("127.0.0.1:" + std::to_string(port), upstream->peers()->operator[](0).peer->name());
      leaseOf(*upstream).peer()->metrics().countResponse(200);
    };
    use(20000);
    const size_t series = stats().segment().allSeries().size();
    for (int port = 20001; port < 22000; ++port) use(port);
    use(9);
    // The written one's responses make one more.
    CPPUNIT_ASSERT_EQUAL(series + 1, stats().segment().allSeries().size());
    CPPUNIT_ASSERT_EQUAL(int64_t{2000}, stats().sum(Metric::UpstreamRequestsTotal, {"variable", "variable", "200"}));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, stats().sum(Metric::UpstreamRequestsTotal, {"127.0.0.1:9", "127.0.0.1:9", "200"}));
    // Written from now on: it counts for itself.
    apply({implicitUpstream("127.0.0.1:9"), implicitUpstream("127.0.0.1:21999")});
    use(21999);
    const LabelValues written{"127.0.0.1:21999", "127.0.0.1:21999", "200"};
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, stats().sum(Metric::UpstreamRequestsTotal, written));
  }

  void peersOfVariablesFailAlone() {
    Ref<Upstream> one = directory_->find("127.0.0.1:9");
    Ref<Upstream> other = directory_->find("127.0.0.1:10");
    (*one->peers())[0].peer->health().failed(loop_->now(), 3);
    CPPUNIT_ASSERT_EQUAL(uint32_t{1}, (*one->peers())[0].peer->health().fails());
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, (*other->peers())[0].peer->health().fails());
  }

  void aReloadKeepsIdleConnections() {
    apply({upstreamOf({server('a')})});
    Wire wire(*loop_);
    serve(wire);
    apply({upstreamOf({server('a', 3)})});
    Lease lease = leaseOf(*app());
    CPPUNIT_ASSERT(lease.takeIdle(0));
    CPPUNIT_ASSERT(wire.open());
  }

  void aReloadKeepsHealth() {
    apply({upstreamOf({server('a'), server('b')})});
    for (int i = 0; i < 3; ++i) app()->peers()->failed(0, loop_->now());
    apply({upstreamOf({server('b'), server('a'), server('c')})});
    CPPUNIT_ASSERT_EQUAL(std::string("bcbc"), turns(4));
  }

  void aReloadChangesWeights() {
    apply({upstreamOf({server('a'), server('b')})});
    apply({upstreamOf({server('a', 3), server('b')})});
    CPPUNIT_ASSERT_EQUAL(std::string("aaba"), turns(4));
  }

  void anExchangeKeepsTheSetItBeganWith() {
    apply({upstreamOf({server('a'), server('b')})});
    Ref<Upstream> upstream = app();
    Ref<PeerSet> peers = upstream->peers();
    TriedPeers tried;
    Lease first = upstream->lease(peers, {loop_->now(), tried, {}});
    tried.add(first.index());
    apply({upstreamOf({server('c')})});
    Lease second = upstream->lease(peers, {loop_->now(), tried, {}});
    CPPUNIT_ASSERT_EQUAL('b', letterOf(*second.peer()));
  }

  void aRemovedPeersConnectionsAreClosed() {
    apply({upstreamOf({server('a')})});
    Wire idle(*loop_), used(*loop_);
    serve(idle);
    Lease lease = leaseOf(*app());
    lease.connected(std::move(used.stream), 0, loop_->now());
    apply({upstreamOf({server('b')})});
    settle(*loop_);
    CPPUNIT_ASSERT(!idle.open());
    CPPUNIT_ASSERT(used.open());
    lease.reuse();
    settle(*loop_);
    CPPUNIT_ASSERT(!used.open());
  }

  void aRemovedUpstreamEndsWithItsLastReference() {
    apply({upstreamOf({server('a')})});
    Wire idle(*loop_);
    serve(idle);
    Ref<Upstream> held = app();
    apply({});
    settle(*loop_);
    CPPUNIT_ASSERT(!idle.open());
    CPPUNIT_ASSERT(!app());
    CPPUNIT_ASSERT(leaseOf(*held));
    CPPUNIT_ASSERT(held == directory_->obtain("app"));
    held = {};
    CPPUNIT_ASSERT(directory_->obtain("app")->peers()->size() == 0);
  }

  void aRemovedUpstreamMayComeBack() {
    apply({upstreamOf({server('a')})});
    Ref<Upstream> held = app();
    apply({});
    apply({upstreamOf({server('a')})});
    CPPUNIT_ASSERT(held == app());
    Wire wire(*loop_);
    serve(wire);
    CPPUNIT_ASSERT(leaseOf(*app()).takeIdle(0));
  }

  void theFirstOfOneNameCounts() {
    apply({upstreamOf({server('a')}), upstreamOf({server('b')})});
    CPPUNIT_ASSERT_EQUAL(std::string("aa"), turns(2));
  }

  void drainingKeepsNoConnections() {  // S-25
    apply({upstreamOf({server('a')})});
    Wire idle(*loop_), used(*loop_);
    serve(idle);
    directory_->drain();
    serve(used);
    settle(*loop_);
    CPPUNIT_ASSERT(!idle.open());
    CPPUNIT_ASSERT(!used.open());
  }

  void anImplicitUpstreamHasOneServer() {
    const UpstreamSettings plain = implicitUpstream("127.0.0.1:8081");
    CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:8081"), plain.name);
    CPPUNIT_ASSERT_EQUAL(uint16_t{8081}, plain.servers.at(0).address->port());
    CPPUNIT_ASSERT_EQUAL(uint16_t{80}, implicitUpstream("127.0.0.1").servers.at(0).address->port());
    CPPUNIT_ASSERT(implicitUpstream("unix:/run/app").servers.at(0).address->isUnix());
    CPPUNIT_ASSERT(!implicitUpstream("backend").servers.at(0).address);
    CPPUNIT_ASSERT_EQUAL(std::string("backend:80"), implicitUpstream("backend").servers.at(0).host);
    CPPUNIT_ASSERT_EQUAL(std::string("backend:443"), implicitUpstream("backend", 443).servers.at(0).host);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(UpstreamDirectoryTest);

}  // namespace weir
