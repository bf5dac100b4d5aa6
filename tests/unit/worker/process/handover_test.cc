// SPDX-License-Identifier: Apache-2.0
#include "worker/process/handover.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "shared/config/bundle.h"
#include "shared/ipc/sealed.h"
#include "tests/unit/worker/event/turns.h"
#include "tests/unit/worker/net/sockets.h"

namespace weir {

class HandoverTest : public CppUnit::TestFixture, public Handover::Owner {
  CPPUNIT_TEST_SUITE(HandoverTest);
  CPPUNIT_TEST(aGenerationIsPreparedThenCommitted);
  CPPUNIT_TEST(descriptorsComeByTheirKeys);
  CPPUNIT_TEST(aWrongConfigurationIsAnsweredAndAbandoned);
  CPPUNIT_TEST(whatTheOwnerRefusesIsAnswered);
  CPPUNIT_TEST(aMutilatedBundleIsRefused);
  CPPUNIT_TEST(theAnswerWaitsForTheOwner);
  CPPUNIT_TEST(abortingForgetsDescriptors);
  CPPUNIT_TEST(tooFewDescriptorsRefuseThePreparationAndNothingElse);
  CPPUNIT_TEST(orphansAreNotMixedWithAnOffer);
  CPPUNIT_TEST(ordersArePassedOn);
  CPPUNIT_TEST(releasedAndDrainedAreTold);
  CPPUNIT_TEST(aLostMasterMeansAGracefulEnd);
  CPPUNIT_TEST_SUITE_END();

  std::string events_;
  std::string refusal_;
  bool wants_time_ = false;
  std::optional<EventLoop> loop_;
  Channel master_;
  std::optional<Handover> handover_;

  void prepare(std::unique_ptr<Settings> settings, DescriptorSet&, Diagnostics& diagnostics) override {
    events_ += "prepare:" + settings->servers.at(0).name + " ";
    if (!refusal_.empty()) diagnostics.error({}, refusal_);
  }
  bool wantsTime() const override { return wants_time_; }
  void commit(DescriptorSet& descriptors) override {
    events_ += descriptors.take("listen:a") ? "commit+a " : "commit ";
  }
  void abandon() override { events_ += "abandon "; }
  void reopenLogs(DescriptorSet& descriptors) override {
    events_ += descriptors.copy("errorlog") ? "reopen+log " : "reopen ";
  }
  void adopt(DescriptorSet& descriptors) override {
    while (auto orphan = descriptors.takeAny("orphan:")) events_ += "adopt:" + orphan->first + " ";
  }
  void quit() override { events_ += "quit "; }
  void stop() override {
    events_ += "stop ";
    loop_->stop();
  }

  void send(MessageType type, std::string payload = {}, const std::vector<int>& fds = {}) {
    CPPUNIT_ASSERT(master_.send(type, 7, std::move(payload), fds));
  }
  void sendBundle(std::string bytes) {
    auto sealed = sealBytes(bytes);
    CPPUNIT_ASSERT(sealed);
    send(MessageType::Bundle, {}, {sealed->get()});
  }
  void sendConfiguration(std::string text) {
    Bundle bundle;
    bundle.prefix = "/weir/";
    bundle.main_path = "/weir/conf/weir.ini";
    bundle.files.push_back({bundle.main_path, std::move(text), ""});
    sendBundle(bundle.serialize());
  }
  void sendDescriptor(const std::string& key) {
    auto [one, other] = unixPair();
    send(MessageType::Descriptors, joinKeys({key}), {one.get()});
  }
  Message answer() {
    std::optional<Message> got;
    turnUntil(*loop_, [&] {
      if (got) return true;
      auto received = master_.receive();
      CPPUNIT_ASSERT(received);
      got = std::move(*received);
      return got.has_value();
    });
    CPPUNIT_ASSERT(got);
    return std::move(*got);
  }
  PreparedAnswer prepared() {
    Message message = answer();
    CPPUNIT_ASSERT(message.type == MessageType::Prepared);
    CPPUNIT_ASSERT_EQUAL(uint64_t{7}, message.generation);
    return readPrepared(message.payload);
  }
  void turnUntilEvents(const std::string& wanted) {
    turnUntil(*loop_, [&] { return events_ == wanted; });
    CPPUNIT_ASSERT_EQUAL(wanted, events_);
  }

  static constexpr const char* kGood = "[server main]\nlisten = 127.0.0.1:8080\n";

 public:
  void setUp() override {
    events_.clear();
    refusal_.clear();
    wants_time_ = false;
    loop_.emplace();
    auto pair = Channel::pair();
    master_ = std::move(pair->first);
    handover_.emplace(*loop_, std::move(pair->second), *this);
  }
  void tearDown() override {
    handover_.reset();
    loop_.reset();
    master_ = {};
  }

  void aGenerationIsPreparedThenCommitted() {
    sendConfiguration(kGood);
    send(MessageType::Prepare);
    PreparedAnswer said = prepared();
    CPPUNIT_ASSERT(said.ok);
    CPPUNIT_ASSERT_EQUAL(std::string(), said.text);
    CPPUNIT_ASSERT_EQUAL(uint64_t{7}, handover_->generation());
    send(MessageType::Commit);
    CPPUNIT_ASSERT(answer().type == MessageType::Committed);
    CPPUNIT_ASSERT_EQUAL(std::string("prepare:main commit "), events_);
  }

  void descriptorsComeByTheirKeys() {
    sendConfiguration(kGood);
    sendDescriptor("log:x");
    sendDescriptor("listen:a");
    send(MessageType::Prepare);
    prepared();
    send(MessageType::Commit);
    answer();
    CPPUNIT_ASSERT_EQUAL(std::string("prepare:main commit+a "), events_);
    // They belonged to that commit.
    send(MessageType::Commit);
    answer();
    CPPUNIT_ASSERT_EQUAL(std::string("prepare:main commit+a commit "), events_);
  }

  void aWrongConfigurationIsAnsweredAndAbandoned() {
    sendConfiguration("[server main]\nnonsense = 1\n");
    send(MessageType::Prepare);
    PreparedAnswer said = prepared();
    CPPUNIT_ASSERT(!said.ok);
    CPPUNIT_ASSERT(said.text.find("nonsense") != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("abandon "), events_);
  }

  void whatTheOwnerRefusesIsAnswered() {
    refusal_ = "does not compile";
    sendConfiguration(kGood);
    send(MessageType::Prepare);
    PreparedAnswer said = prepared();
    CPPUNIT_ASSERT(!said.ok);
    CPPUNIT_ASSERT(said.text.find(refusal_) != std::string::npos);
    CPPUNIT_ASSERT_EQUAL(std::string("prepare:main abandon "), events_);
  }

  void aMutilatedBundleIsRefused() {
    sendBundle("no bundle");
    send(MessageType::Prepare);
    CPPUNIT_ASSERT(!prepared().ok);
    // Nor is an old one used again.
    send(MessageType::Prepare);
    CPPUNIT_ASSERT(!prepared().ok);
    CPPUNIT_ASSERT_EQUAL(std::string("abandon abandon "), events_);
  }

  void theAnswerWaitsForTheOwner() {
    wants_time_ = true;
    sendConfiguration(kGood);
    send(MessageType::Prepare);
    turnUntilEvents("prepare:main ");
    for (int i = 0; i < 3; ++i) loop_->turn(Milliseconds(1));
    auto none = master_.receive();
    CPPUNIT_ASSERT(none && !none->has_value());
    wants_time_ = false;
    CPPUNIT_ASSERT(prepared().ok);
  }

  void abortingForgetsDescriptors() {
    sendConfiguration(kGood);
    sendDescriptor("listen:a");
    send(MessageType::Prepare);
    prepared();
    send(MessageType::Abort);
    turnUntilEvents("prepare:main abandon ");
    send(MessageType::Commit);
    answer();
    CPPUNIT_ASSERT_EQUAL(std::string("prepare:main abandon commit "), events_);
  }

  void tooFewDescriptorsRefuseThePreparationAndNothingElse() {
    sendConfiguration(kGood);
    for (const char* key : {"listen:a", "listen:b"}) sendDescriptor(key);
    send(MessageType::Prepare);
    rlimit limit{};
    CPPUNIT_ASSERT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    rlimit tight{static_cast<rlim_t>(Fd(dup(0)).get()) + 1, limit.rlim_max};
    CPPUNIT_ASSERT(setrlimit(RLIMIT_NOFILE, &tight) == 0);
    PreparedAnswer answer = prepared();
    CPPUNIT_ASSERT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CPPUNIT_ASSERT(!answer.ok);
    CPPUNIT_ASSERT(answer.text.find("too few descriptors") != std::string::npos);
    sendConfiguration(kGood);
    send(MessageType::Prepare);
    CPPUNIT_ASSERT(prepared().ok);
    CPPUNIT_ASSERT_EQUAL(std::string("abandon prepare:main "), events_);
  }

  void orphansAreNotMixedWithAnOffer() {
    sendConfiguration(kGood);
    sendDescriptor("listen:a");
    sendDescriptor("orphan:a");
    send(MessageType::Adopt);
    send(MessageType::Prepare);
    prepared();
    send(MessageType::Commit);
    answer();
    CPPUNIT_ASSERT_EQUAL(std::string("adopt:a prepare:main commit+a "), events_);
  }

  void ordersArePassedOn() {
    sendDescriptor("errorlog");
    send(MessageType::Reopen);
    send(MessageType::Reopen);
    send(MessageType::Quit);
    send(MessageType::Stop);
    turnUntilEvents("reopen+log reopen quit stop ");
  }

  void releasedAndDrainedAreTold() {
    handover_->released("listen:a");
    handover_->drained();
    Message released = answer();
    CPPUNIT_ASSERT(released.type == MessageType::Released);
    CPPUNIT_ASSERT_EQUAL(std::string("listen:a"), released.payload);
    CPPUNIT_ASSERT(answer().type == MessageType::Drained);
  }

  void aLostMasterMeansAGracefulEnd() {
    master_.close();
    turnUntilEvents("quit ");
    CPPUNIT_ASSERT(!loop_->stopped());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HandoverTest);

}  // namespace weir
