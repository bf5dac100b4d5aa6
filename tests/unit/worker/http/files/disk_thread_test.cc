// SPDX-License-Identifier: Apache-2.0
// S-48: what waits for a disk does not hold up the loop.
#include "worker/http/files/disk_thread.h"

#include <cppunit/extensions/HelperMacros.h>

#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "tests/unit/worker/event/turns.h"
#include "worker/event/loop.h"

namespace weir {
namespace {

// What became of jobs, by their numbers. Written by the loop's thread, but for `workers`.
struct Books {
  std::vector<int> done;
  std::vector<std::thread::id> workers;
  int destroyed = 0;
};

class BookedJob : public DiskJob {
 public:
  BookedJob(Books& books, int number) : books_(books), number_(number) {}
  ~BookedJob() override { ++books_.destroyed; }
  void work() override { books_.workers.push_back(std::this_thread::get_id()); }
  void done() override { books_.done.push_back(number_); }

 private:
  Books& books_;
  int number_;
};

// A disk that answers when it is told to.
class SlowJob final : public BookedJob {
 public:
  SlowJob(Books& books, std::promise<void>& begun, std::shared_future<void> may_end)
      : BookedJob(books, 0), begun_(begun), may_end_(std::move(may_end)) {}
  void work() override {
    begun_.set_value();
    may_end_.wait();
  }

 private:
  std::promise<void>& begun_;
  std::shared_future<void> may_end_;
};

class DiskThreadTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DiskThreadTest);
  CPPUNIT_TEST(jobsAreDoneInTheirOrder);
  CPPUNIT_TEST(workIsTheThreadsAndTheRestTheLoops);
  CPPUNIT_TEST(theLoopTurnsMeanwhile);
  CPPUNIT_TEST(waitingJobsAreBounded);
  CPPUNIT_TEST(anEndLeavesNoJob);
  CPPUNIT_TEST(anUnusedOneHasNoThread);
  CPPUNIT_TEST_SUITE_END();

  EventLoop loop_;
  Books books_;
  std::optional<DiskThread> thread_;
  std::promise<void> begun_, disk_;

  bool post(int number) { return thread_->post(std::make_unique<BookedJob>(books_, number)); }
  // The thread is at work until disk_ is set.
  void occupy() {
    CPPUNIT_ASSERT(thread_->post(std::make_unique<SlowJob>(books_, begun_, disk_.get_future().share())));
    begun_.get_future().wait();
  }
  void untilDone(size_t count) {
    CPPUNIT_ASSERT(turnUntil(loop_, [&] { return books_.done.size() >= count; }));
  }

 public:
  void setUp() override {
    books_ = {};
    begun_ = std::promise<void>();
    disk_ = std::promise<void>();
    thread_.emplace(loop_);
  }
  void tearDown() override { thread_.reset(); }

  void jobsAreDoneInTheirOrder() {
    std::vector<int> wanted;
    for (int i = 0; i < 100; ++i) {
      CPPUNIT_ASSERT(post(i));
      wanted.push_back(i);
    }
    untilDone(100);
    CPPUNIT_ASSERT(books_.done == wanted);
    CPPUNIT_ASSERT_EQUAL(100, books_.destroyed);
  }

  void workIsTheThreadsAndTheRestTheLoops() {
    post(1);
    untilDone(1);
    CPPUNIT_ASSERT(books_.workers.at(0) != std::this_thread::get_id());
  }

  void theLoopTurnsMeanwhile() {
    occupy();
    post(1);
    for (int i = 0; i < 3; ++i) loop_.turn(Milliseconds(0));
    CPPUNIT_ASSERT(books_.done.empty());
    disk_.set_value();
    untilDone(2);
  }

  void waitingJobsAreBounded() {
    occupy();
    for (size_t i = 0; i < DiskThread::kMostJobs; ++i) CPPUNIT_ASSERT(post(static_cast<int>(i)));
    CPPUNIT_ASSERT(!post(0));
    disk_.set_value();
    untilDone(DiskThread::kMostJobs + 1);
    CPPUNIT_ASSERT(post(0));
    untilDone(DiskThread::kMostJobs + 2);
  }

  // Those that wait are not worked on any more, and nobody is told of them.
  void anEndLeavesNoJob() {
    occupy();
    for (int i = 1; i <= 3; ++i) post(i);
    std::thread disk([this] { disk_.set_value(); });
    thread_.reset();
    disk.join();
    CPPUNIT_ASSERT_EQUAL(4, books_.destroyed);
    CPPUNIT_ASSERT(books_.done.empty());
  }

  void anUnusedOneHasNoThread() { thread_.reset(); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DiskThreadTest);

}  // namespace
}  // namespace weir
