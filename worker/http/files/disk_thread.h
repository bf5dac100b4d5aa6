// SPDX-License-Identifier: Apache-2.0
#pragma once
// DiskThread: a worker's thread for what may have to wait for a disk, so that its loop does not. Begun with the first
// job. Jobs are made, told that they are done, and destroyed by the loop; only work() is the thread's.

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "shared/base/fd.h"
#include "worker/event/watch.h"

namespace weir {

class EventLoop;

class DiskJob {
 public:
  virtual ~DiskJob() = default;
  // In the thread. May use nothing that the loop uses meanwhile.
  virtual void work() = 0;
  // In the loop, once. The job ends after it.
  virtual void done() = 0;
};

class DiskThread final : FdWatch::Owner {
 public:
  // Waiting jobs; each belongs to a connection that waits.
  static constexpr size_t kMostJobs = 4096;

  explicit DiskThread(EventLoop& loop) : loop_(loop) {}
  ~DiskThread();

  // False: too many wait already, or there is no thread to be had.
  bool post(std::unique_ptr<DiskJob> job);

 private:
  using Jobs = std::deque<std::unique_ptr<DiskJob>>;

  bool begin();
  void run();
  void onWatched(int fd, bool readable, bool writable) override;

  EventLoop& loop_;
  Fd bell_;  // rung when jobs are done
  std::optional<FdWatch> watch_;
  std::thread thread_;
  std::mutex guard_;
  std::condition_variable changed_;
  Jobs waiting_, done_;  // guarded
  bool ending_ = false;  // guarded
};

}  // namespace weir
