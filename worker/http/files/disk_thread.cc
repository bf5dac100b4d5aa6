// SPDX-License-Identifier: Apache-2.0
#include "worker/http/files/disk_thread.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <system_error>
#include <utility>

namespace weir {

DiskThread::~DiskThread() {
  {
    std::lock_guard lock(guard_);
    ending_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool DiskThread::post(std::unique_ptr<DiskJob> job) {
  if (!thread_.joinable() && !begin()) return false;
  {
    std::lock_guard lock(guard_);
    if (waiting_.size() >= kMostJobs) return false;
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
  return true;
}

// Signals are the loop's.
bool DiskThread::begin() {
  bell_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!bell_) return false;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    bell_.reset();  // no thread: the loop does it itself
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!bell_) return false;
  FdWatch::Owner& owner = *this;
  watch_.emplace(loop_, bell_.get(), owner);
  watch_->want(true, false);
  return true;
}

void DiskThread::run() {
  std::unique_lock lock(guard_);
  while (!ending_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    std::unique_ptr<DiskJob> job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    job->work();
    lock.lock();
    done_.push_back(std::move(job));
    uint64_t one = 1;
    [[maybe_unused]] ssize_t rung = ::write(bell_.get(), &one, sizeof one);
  }
}

void DiskThread::onWatched(int fd, bool, bool) {
  uint64_t count;
  [[maybe_unused]] ssize_t heard = ::read(fd, &count, sizeof count);
  Jobs finished;
  {
    std::lock_guard lock(guard_);
    finished.swap(done_);
  }
  for (auto& job : finished) job->done();
}

}  // namespace weir
