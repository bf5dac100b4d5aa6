// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/lease.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"
#include "worker/upstream/upstream_directory.h"

namespace weir {

class LeaseTest : public UpstreamFixture {
  CPPUNIT_TEST_SUITE(LeaseTest);
  CPPUNIT_TEST(noPeerGivesAnEmptyLeaseAndCounts);
  CPPUNIT_TEST(loadLastsAsLongAsTheLease);
  CPPUNIT_TEST(aMovedLeaseIsOneLease);
  CPPUNIT_TEST(anEndedLeaseClosesItsConnection);
  CPPUNIT_TEST(assigningEndsTheOldLease);
  CPPUNIT_TEST(aReusedConnectionServesTheNext);
  CPPUNIT_TEST(connectFailuresCountAgainstThePeer);
  CPPUNIT_TEST(responseFailuresCountAgainstThePeer);
  CPPUNIT_TEST(aStaleConnectionSaysNothingOfThePeer);
  CPPUNIT_TEST(whatIsNotThePeersFaultIsNotItsFailure);
  CPPUNIT_TEST(aSuccessEndsProbation);
  CPPUNIT_TEST(aTakenStreamStaysAsLoad);
  CPPUNIT_TEST(aLeaseMayOutliveItsUpstream);
  CPPUNIT_TEST(retriesAreBoundByActiveLeases);
  CPPUNIT_TEST_SUITE_END();

  std::optional<EventLoop> loop_;
  std::optional<UpstreamDirectory> directory_;
  Ref<Upstream> app_;
  TriedPeers tried_;

  Lease lease() { return app_->lease(app_->peers(), {loop_->now(), tried_, {}}); }
  Lease connectedLease(Wire& wire) {
    Lease made = lease();
    made.connected(std::move(wire.stream), 0, loop_->now());
    settle(*loop_);
    return made;
  }
  Peer& peer(char letter) { return *(*app_->peers())[static_cast<size_t>(letter - 'a')].peer; }
  int64_t count(Metric metric, char letter, std::string_view last = {}) {
    LabelValues labels{"app", peer(letter).name()};
    if (!last.empty()) labels.push_back(last);
    return stats().sum(metric, labels);
  }

 public:
  void setUp() override {
    UpstreamFixture::setUp();
    loop_.emplace();
    directory_.emplace(*loop_, stats().segment());
    directory_->commit(directory_->prepare({upstreamOf({server('a'), server('b')})}));
    app_ = directory_->obtain("app");
    tried_.clear();
  }
  void tearDown() override {
    app_ = {};
    directory_.reset();
    loop_.reset();
    UpstreamFixture::tearDown();
  }

  void noPeerGivesAnEmptyLeaseAndCounts() {
    tried_.add(0);
    tried_.add(1);
    CPPUNIT_ASSERT(!lease());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, stats().sum(Metric::UpstreamNoLiveTotal, {"app"}));
  }

  void loadLastsAsLongAsTheLease() {
    {
      Lease held = lease();
      CPPUNIT_ASSERT_EQUAL(int64_t{1}, peer('a').load());
      CPPUNIT_ASSERT_EQUAL(uint64_t{1}, app_->activeLeases());
    }
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, peer('a').load());
    CPPUNIT_ASSERT_EQUAL(uint64_t{0}, app_->activeLeases());
  }

  void aMovedLeaseIsOneLease() {
    Lease first = lease();
    Lease second = std::move(first);
    CPPUNIT_ASSERT(!first);
    CPPUNIT_ASSERT(second);
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, peer('a').load());
  }

  void anEndedLeaseClosesItsConnection() {
    Wire wire(*loop_);
    {
      Lease held = connectedLease(wire);
      CPPUNIT_ASSERT(held.hasStream());
    }
    CPPUNIT_ASSERT(wire.open());  // whoever ended it may be inside its stream: it closes when the turn ends
    settle(*loop_);
    CPPUNIT_ASSERT(!wire.open());
  }

  void assigningEndsTheOldLease() {
    Wire wire(*loop_);
    Lease held = connectedLease(wire);
    held = lease();
    settle(*loop_);
    CPPUNIT_ASSERT(!wire.open());
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, peer('a').load());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, peer('b').load());
  }

  void aReusedConnectionServesTheNext() {
    Wire wire(*loop_);
    Stream* stream = wire.stream.get();
    connectedLease(wire).reuse();
    CPPUNIT_ASSERT_EQUAL('b', letterOf(*lease().peer()));
    Lease next = lease();
    CPPUNIT_ASSERT(next.takeIdle(0));
    CPPUNIT_ASSERT(next.reused());
    CPPUNIT_ASSERT_EQUAL(stream, &next.stream());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, count(Metric::UpstreamConnectionsOpenedTotal, 'a'));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, count(Metric::UpstreamConnectionsReusedTotal, 'a'));
  }

  void connectFailuresCountAgainstThePeer() {  // S-14
    lease().failed(loop_->now(), Cause::ConnectRefused);
    CPPUNIT_ASSERT_EQUAL(uint32_t{1}, peer('a').health().fails());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, count(Metric::UpstreamConnectFailuresTotal, 'a', "connect_refused"));
  }

  void responseFailuresCountAgainstThePeer() {  // S-14
    Wire wire(*loop_);
    connectedLease(wire).failed(loop_->now(), Cause::UpstreamClosed);
    CPPUNIT_ASSERT_EQUAL(uint32_t{1}, peer('a').health().fails());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, count(Metric::UpstreamResponseFailuresTotal, 'a', "upstream_closed"));
    lease().refused(loop_->now());
    CPPUNIT_ASSERT_EQUAL(uint32_t{1}, peer('b').health().fails());
  }

  void aStaleConnectionSaysNothingOfThePeer() {
    Wire wire(*loop_);
    connectedLease(wire).reuse();
    lease();
    Lease next = lease();
    CPPUNIT_ASSERT(next.takeIdle(0));
    CPPUNIT_ASSERT(next.stale(Cause::UpstreamClosed));
    next.failed(loop_->now(), Cause::UpstreamClosed);
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, peer('a').health().fails());
    next.failed(loop_->now(), Cause::UpstreamReadTimeout);
    CPPUNIT_ASSERT_EQUAL(uint32_t{1}, peer('a').health().fails());
  }

  void whatIsNotThePeersFaultIsNotItsFailure() {
    lease().failed(loop_->now(), Cause::OutOfDescriptors);
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, peer('a').health().fails());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, count(Metric::UpstreamConnectFailuresTotal, 'a', "out_of_descriptors"));
  }

  void aSuccessEndsProbation() {
    const Instant start = loop_->now();
    for (int i = 0; i < 3; ++i) app_->peers()->failed(0, start);
    tried_.add(1);
    Lease probe = app_->lease(app_->peers(), {start + std::chrono::seconds(11), tried_, {}});
    CPPUNIT_ASSERT_EQUAL('a', letterOf(*probe.peer()));
    probe.succeeded();
    CPPUNIT_ASSERT_EQUAL(uint32_t{0}, peer('a').health().fails());
  }

  void aTakenStreamStaysAsLoad() {
    Wire wire(*loop_);
    Lease held = connectedLease(wire);
    std::unique_ptr<Stream> stream = held.takeStream();
    directory_->commit(directory_->prepare({upstreamOf({server('a')})}));
    settle(*loop_);
    CPPUNIT_ASSERT(wire.open());
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, peer('a').load());
    held.end();
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, peer('a').load());
  }

  void aLeaseMayOutliveItsUpstream() {
    Wire idle(*loop_), used(*loop_);
    connectedLease(idle).reuse();
    Lease held = connectedLease(used);
    app_ = {};
    directory_->commit(directory_->prepare({}));
    settle(*loop_);
    CPPUNIT_ASSERT(!idle.open());
    CPPUNIT_ASSERT(used.open());
    held.failed(loop_->now(), Cause::UpstreamReadTimeout);
    held.reuse();
    settle(*loop_);
    CPPUNIT_ASSERT(!used.open());
  }

  void retriesAreBoundByActiveLeases() {  // S-16
    std::vector<Lease> running;
    for (int i = 0; i < 40; ++i) running.push_back(lease());
    std::vector<RetryPermit> permits;
    while (RetryPermit permit = app_->retryPermit()) permits.push_back(std::move(permit));
    CPPUNIT_ASSERT_EQUAL(size_t{RetryBudget::kMinimum + RetryBudget::kAdvance * 40}, permits.size());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(LeaseTest);

}  // namespace weir
