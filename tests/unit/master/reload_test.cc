// SPDX-License-Identifier: Apache-2.0
// S-4: with real processes: everything prepares before anything commits, and a failure leaves what was there.
#include "master/reload.h"

#include <cppunit/extensions/HelperMacros.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "shared/base/log.h"

namespace weir {

class ReloadTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReloadTest);
  CPPUNIT_TEST(aStartIsAReload);
  CPPUNIT_TEST(processesStayAndMoreOfThemCome);
  CPPUNIT_TEST(aDeathBeforeTheDecisionUndoesIt);
  CPPUNIT_TEST(anUndoneStartLeavesNobody);
  CPPUNIT_TEST(aSuccessorTakesTheSameGeneration);
  CPPUNIT_TEST_SUITE_END();

  using Phase = Rollout::Phase;
  // Far more than a process needs; only a broken test waits for it.
  static constexpr int kPatience = 10'000;

  std::unique_ptr<Generation> generation(unsigned workers, std::set<unsigned> occupied = {}) {
    std::ofstream(folder_ + "/weir.ini") << "[main]\nworker_processes = " << workers << "\nerror_log = " << folder_
                                         << "/error.log\n[server s]\nlisten = unix:" << folder_
                                         << "/s\naccess_log = off\n[location /]\nreturn = 200 ok\n";
    Options options;
    options.prefix = folder_ + "/";
    options.config = folder_ + "/weir.ini";
    Diagnostics diagnostics;
    auto made = Generation::load(options, ++number_, diagnostics);
    std::vector<unsigned> serving = current_ ? current_->slots() : std::vector<unsigned>();
    if (!diagnostics.hasErrors()) made->open(current_.get(), chooseSlots(workers, serving, occupied), diagnostics);
    CPPUNIT_ASSERT_EQUAL(std::string(), diagnostics.formatAll());
    return made;
  }

  // One turn of a master that does nothing else.
  std::vector<ChildEvent> turn() {
    std::vector<pollfd> polled;
    children_->addTo(polled);
    poll(polled.data(), polled.size(), 10);
    auto events = children_->exchange(monotonicNow());
    auto ended = children_->reap();
    events.insert(events.end(), ended.begin(), ended.end());
    return events;
  }
  template <class Fact>
  void turnUntil(Fact fact) {
    for (int i = 0; i < kPatience / 10 && !fact(); ++i)
      for (const ChildEvent& event : turn())
        if (reload_) reload_->take(event);
    CPPUNIT_ASSERT(fact());
  }
  void begin(std::unique_ptr<Generation> candidate) {
    reload_ = std::make_unique<Reload>(std::move(candidate), *children_, monotonicNow());
  }
  void expect(Phase phase) {
    turnUntil([&] { return reload_->phase() == phase; });
  }
  void carryOut(std::unique_ptr<Generation> candidate) {
    begin(std::move(candidate));
    expect(Phase::AllPrepared);
    current_ = reload_->commit(monotonicNow());
    CPPUNIT_ASSERT(current_ != nullptr);
    expect(Phase::Done);
    reload_.reset();
  }
  pid_t pidOf(unsigned slot) { return children_->find(slot)->pid(); }

  std::string folder_;
  uint64_t number_ = 0;
  std::string name_ = "weir";
  char* argv_[2] = {name_.data(), nullptr};
  std::unique_ptr<ProcessTitle> title_;
  std::unique_ptr<Segment> segment_;
  std::unique_ptr<TicketKeys> tickets_;
  std::unique_ptr<Children> children_;
  std::unique_ptr<Generation> current_;
  std::unique_ptr<Reload> reload_;
  LogLevel threshold_ = log::threshold;

 public:
  void setUp() override {
    char name[] = "/tmp/weir-reload-XXXXXX";
    folder_ = mkdtemp(name);
    number_ = 0;
    log::setThreshold(LogLevel::Emerg);
    title_ = std::make_unique<ProcessTitle>(1, argv_);
    auto segment = Segment::create();
    CPPUNIT_ASSERT(segment.ok());
    segment_ = std::move(segment).value();
    auto tickets = TicketKeys::create();
    CPPUNIT_ASSERT(tickets.ok());
    tickets_ = std::make_unique<TicketKeys>(std::move(tickets).value());
    children_ = std::make_unique<Children>(*segment_, *tickets_, *title_);
  }
  void tearDown() override {
    reload_.reset();
    children_->each([](Child& child) { child.stop(monotonicNow()); });
    turnUntil([&] { return children_->empty(); });
    current_.reset();
    children_.reset();
    title_.reset();
    log::setThreshold(threshold_);
    std::filesystem::remove_all(folder_);
  }

  void aStartIsAReload() {
    carryOut(generation(2));
    CPPUNIT_ASSERT(children_->slots() == (std::set<unsigned>{0, 1, Segment::kMonitorSlot}));
    CPPUNIT_ASSERT(children_->settled());
    CPPUNIT_ASSERT(segment_->slotHeader(0).state.load() == SlotState::Running);
    CPPUNIT_ASSERT_EQUAL(pidOf(0), segment_->slotHeader(0).pid.load());
  }

  void processesStayAndMoreOfThemCome() {
    carryOut(generation(1));
    pid_t before = pidOf(0);
    carryOut(generation(2, children_->slots()));
    CPPUNIT_ASSERT_EQUAL(before, pidOf(0));
    CPPUNIT_ASSERT(children_->find(1)->state() == Child::State::Serving);
  }

  void aDeathBeforeTheDecisionUndoesIt() {
    carryOut(generation(1));
    begin(generation(2, children_->slots()));
    kill(pidOf(1), SIGKILL);
    expect(Phase::Failed);
    CPPUNIT_ASSERT(reload_->reasons().find("was killed by signal 9") != std::string::npos);
    reload_->undo(monotonicNow());
    reload_.reset();
    turnUntil([&] { return children_->settled() && children_->slots().size() == 2; });
    CPPUNIT_ASSERT(children_->find(0)->state() == Child::State::Serving);
    // The candidate is gone, and the socket's file is still that of the one which serves.
    CPPUNIT_ASSERT(std::filesystem::exists(folder_ + "/s"));
  }

  void anUndoneStartLeavesNobody() {
    begin(generation(2));
    reload_->undo(monotonicNow());
    turnUntil([&] { return children_->empty(); });
    reload_.reset();
    CPPUNIT_ASSERT(!std::filesystem::exists(folder_ + "/s"));
  }

  void aSuccessorTakesTheSameGeneration() {
    carryOut(generation(1));
    kill(pidOf(0), SIGKILL);
    turnUntil([&] { return children_->find(0) == nullptr; });
    CPPUNIT_ASSERT(segment_->slotHeader(0).state.load() == SlotState::Exited);
    CPPUNIT_ASSERT(children_->start(0, *current_, monotonicNow()).ok());
    Child& successor = *children_->find(0);
    successor.offer(current_->offerFor(0), monotonicNow());
    turnUntil([&] { return successor.state() == Child::State::Prepared; });
    successor.commit(monotonicNow());
    turnUntil([&] { return successor.state() == Child::State::Serving; });
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ReloadTest);

}  // namespace weir
