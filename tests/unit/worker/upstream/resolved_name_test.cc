// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/resolved_name.h"

#include <cppunit/extensions/HelperMacros.h>

#include "tests/unit/worker/upstream/fixture.h"
#include "worker/upstream/name_directory.h"

namespace weir {

class ResolvedNameTest : public UpstreamFixture, public NameDirectory::Owner {
  CPPUNIT_TEST_SUITE(ResolvedNameTest);
  CPPUNIT_TEST(anAnswerHoldsForItsTtl);
  CPPUNIT_TEST(aTtlIsAtLeastASecondAndAtMostAnHour);
  CPPUNIT_TEST(onlyAnotherSetOfAddressesIsAChange);
  CPPUNIT_TEST(aTemporaryFailureKeepsWhatIsKnown);
  CPPUNIT_TEST(aNameThatIsGoneIsHeldForAWhile);
  CPPUNIT_TEST(aNameThatIsGoneOnlyForAMomentIsForgiven);
  CPPUNIT_TEST(retriesBackOff);
  CPPUNIT_TEST(aNameIsSharedWhileSomebodyUsesIt);
  CPPUNIT_TEST(answersAreCounted);
  CPPUNIT_TEST(theLoopAsksAgain);
  CPPUNIT_TEST_SUITE_END();

  std::optional<EventLoop> loop_;
  std::optional<NameDirectory> names_;
  Ref<ResolvedName> name_;
  int changes_ = 0;
  Instant now_{std::chrono::hours(1)};

  void onAddressesChanged(const ResolvedName&) override { ++changes_; }

  Milliseconds found(std::vector<std::string> addresses, int ttl = 5) {
    Resolution resolution{ResolveStatus::Found, {}, std::chrono::seconds(ttl), {}};
    for (const std::string& text : addresses) resolution.addresses.push_back(Address::parse(text).value());
    return name_->learn(resolution, now_);
  }
  Milliseconds fails(ResolveStatus status) { return name_->learn({status, {}, {}, "why not"}, now_); }
  size_t known() const { return name_->addresses().size(); }

 public:
  void setUp() override {
    UpstreamFixture::setUp();
    loop_.emplace();
    names_.emplace(*loop_, stats().segment(), *this);
    name_ = names_->obtain("backend");
    changes_ = 0;
  }
  void tearDown() override {
    name_ = {};
    names_.reset();
    loop_.reset();
    UpstreamFixture::tearDown();
  }

  void anAnswerHoldsForItsTtl() {  // S-24
    CPPUNIT_ASSERT(!name_->answered());
    CPPUNIT_ASSERT(found({"10.0.0.1"}, 5) == Milliseconds(5000));
    CPPUNIT_ASSERT(name_->answered());
    CPPUNIT_ASSERT_EQUAL(size_t{1}, known());
  }

  void aTtlIsAtLeastASecondAndAtMostAnHour() {  // S-24
    CPPUNIT_ASSERT(found({"10.0.0.1"}, 1) == ResolvedName::kMinimumTtl);
    CPPUNIT_ASSERT(found({"10.0.0.1"}, 100000) == ResolvedName::kMaximumTtl);
    CPPUNIT_ASSERT(found({"10.0.0.1"}, 0) == ResolvedName::kUnknownTtl);
  }

  void onlyAnotherSetOfAddressesIsAChange() {
    found({"10.0.0.1", "10.0.0.2"});
    found({"10.0.0.2", "10.0.0.1"});
    CPPUNIT_ASSERT_EQUAL(1, changes_);
    found({"10.0.0.2", "10.0.0.3"});
    CPPUNIT_ASSERT_EQUAL(2, changes_);
  }

  void aTemporaryFailureKeepsWhatIsKnown() {  // S-24
    found({"10.0.0.1"});
    for (int i = 0; i < 100; ++i) {
      fails(ResolveStatus::Temporary);
      now_ += std::chrono::minutes(1);
    }
    CPPUNIT_ASSERT_EQUAL(size_t{1}, known());
  }

  void aNameThatIsGoneIsHeldForAWhile() {  // S-24: a hold of 30 s
    found({"10.0.0.1"});
    fails(ResolveStatus::NotFound);
    now_ += ResolvedName::kHold - Milliseconds(1);
    fails(ResolveStatus::NotFound);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, known());
    now_ += Milliseconds(1);
    fails(ResolveStatus::NotFound);
    CPPUNIT_ASSERT_EQUAL(size_t{0}, known());
    CPPUNIT_ASSERT_EQUAL(2, changes_);
  }

  void aNameThatIsGoneOnlyForAMomentIsForgiven() {
    found({"10.0.0.1"});
    fails(ResolveStatus::NotFound);
    found({"10.0.0.1"});
    now_ += ResolvedName::kHold;
    fails(ResolveStatus::NotFound);
    CPPUNIT_ASSERT_EQUAL(size_t{1}, known());
    CPPUNIT_ASSERT_EQUAL(1, changes_);
  }

  void retriesBackOff() {
    CPPUNIT_ASSERT(fails(ResolveStatus::Temporary) == Milliseconds(1000));
    CPPUNIT_ASSERT(fails(ResolveStatus::Temporary) == Milliseconds(2000));
    for (int i = 0; i < 10; ++i) fails(ResolveStatus::NotFound);
    CPPUNIT_ASSERT(fails(ResolveStatus::Temporary) == ResolvedName::kLongestRetry);
    found({"10.0.0.1"});
    CPPUNIT_ASSERT(fails(ResolveStatus::Temporary) == Milliseconds(1000));
  }

  void aNameIsSharedWhileSomebodyUsesIt() {
    found({"10.0.0.1"});
    CPPUNIT_ASSERT(names_->obtain("backend") == name_);
    name_ = {};
    CPPUNIT_ASSERT(!names_->obtain("backend")->answered());
  }

  void answersAreCounted() {
    const auto answers = [&](std::string_view result) {
      return stats().sum(Metric::DnsQueriesTotal, {"none", result});
    };
    const auto success = [&] {
      return stats().segment().highest(stats().segment().series(Metric::DnsLastSuccessTimestampSeconds, {"backend"}));
    };
    fails(ResolveStatus::NotFound);
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, success());
    found({"10.0.0.1"});
    found({"10.0.0.2"});
    fails(ResolveStatus::Temporary);
    CPPUNIT_ASSERT_EQUAL(int64_t{2}, answers("found"));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, answers("not_found"));
    CPPUNIT_ASSERT_EQUAL(int64_t{1}, answers("temporary"));
    CPPUNIT_ASSERT(success() > 0);
    name_ = {};
    CPPUNIT_ASSERT_EQUAL(int64_t{0}, success());
  }

  void theLoopAsksAgain() {
    Resolver resolver(*loop_, ResolverSetting{});
    names_->setResolver(&resolver);
    Ref<ResolvedName> literal = names_->obtain("10.1.2.3");  // its own answer: no server is asked
    for (int i = 0; i < 100 && !literal->answered(); ++i) loop_->turn(Milliseconds(10));
    CPPUNIT_ASSERT_EQUAL(size_t{1}, literal->addresses().size());
    literal = {};
    name_ = {};
    names_->setResolver(nullptr);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(ResolvedNameTest);

}  // namespace weir
