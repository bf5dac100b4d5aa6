// SPDX-License-Identifier: Apache-2.0
#include "worker/net/log_writer.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include "shared/stats/slot.h"
#include "worker/net/file_output.h"
#include "worker/net/syslog_output.h"

namespace weir {
namespace {

// Signals are for the loop's thread: a thread inherits its maker's mask.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

LogWriter::LogWriter(Counters counters, Fd spool) : counters_(counters), spool_(std::move(spool)) {
  SignalsBlocked while_it_starts;
  thread_ = std::thread([this] { run(); });
}

LogWriter::~LogWriter() {
  stopping_.store(true);
  bell_.ringUrgently();
  thread_.join();
  countLosses();
}

LogFile& LogWriter::open(std::string name, Fd fd, LogBuffering buffering) {
  LogBlock block = spool_.take(name, {}, std::max(LogFile::kMinCapacity, 2 * buffering.hold));
  LogFile& file = add(std::move(name), std::move(block), std::make_unique<FileOutput>(std::move(fd)), buffering);
  int64_t flush = buffering.flush.count(), shortest = flush_every_.load();
  if (flush > 0 && (shortest == 0 || flush < shortest)) flush_every_.store(flush);
  tellThread(file);
  return file;
}

LogFile& LogWriter::open(std::string name, const Address& syslog_server) {
  LogBlock block = spool_.take(name, syslog_server.toString(), LogFile::kMinCapacity);
  LogFile& file = add(std::move(name), std::move(block), std::make_unique<SyslogOutput>(syslog_server), {});
  tellThread(file);
  return file;
}

void LogWriter::inherit(LogBlock block, std::unique_ptr<LogOutput> output) {
  std::string name(block.name());
  LogFile& file = add(std::move(name), std::move(block), std::move(output), {});
  file.inherited_ = true;
  file.closing_.store(true);
  tellThread(file);
}

LogFile& LogWriter::add(std::string name, LogBlock block, std::unique_ptr<LogOutput> output, LogBuffering buffering) {
  std::erase_if(files_, [](const auto& file) { return file->closed_.load(std::memory_order_acquire); });
  files_.push_back(std::make_unique<LogFile>(*this, std::move(name), std::move(block), std::move(output), buffering));
  return *files_.back();
}

void LogWriter::tellThread(LogFile& file) {
  {
    std::lock_guard lock(arrivals_mutex_);
    arrivals_.push_back(&file);
  }
  // The thread must learn of it now: it may be asleep without a time limit.
  bell_.ring();
}

LogFile* LogWriter::find(std::string_view name) const {
  for (const auto& file : files_)
    if (file->name() == name && !file->closing_.load(std::memory_order_relaxed)) return file.get();
  return nullptr;
}

void LogWriter::close(LogFile& file) {
  file.closing_.store(true, std::memory_order_release);
  urge();
}

void LogWriter::onTurnEnd(Instant now) {
  if (lossy_.load(std::memory_order_relaxed)) countLosses();
  if (unreported_ > 0 && now >= warn_after_) {
    warn_after_ = now + kWarnEvery;
    warn();
  }
  if (touched_.empty()) return;
  bool due = false;
  touched_.each([&](LogFile& file) {
    due = file.endTurn() || due;
    file.unlink();
  });
  if (due) bell_.ring();
}

void LogWriter::countCut() const { stats::add(counters_.cut); }

void LogWriter::countLosses() {
  lossy_.exchange(false, std::memory_order_acquire);
  for (const auto& file : files_) {
    LogFile::Losses losses = file->takeLosses();
    if (losses.lines == 0) continue;
    stats::add(counters_.dropped, static_cast<int64_t>(losses.lines));
    unreported_ += losses.lines;
    loser_ = file->title();
    loss_error_ = losses.error;
  }
}

// The warning itself goes to a log that may be the one that cannot be written, so it must stay rare.
void LogWriter::warn() {
  WEIR_LOG(Warn, "{} log lines dropped, the last of {}: {}", std::exchange(unreported_, 0), loser_,
           loss_error_ == 0 ? "writing cannot keep up" : std::strerror(loss_error_));
}

void LogWriter::run() {
  pthread_setname_np(pthread_self(), "weir-log");
  while (!stopping_.load()) {
    if (drainAll(LogFile::Drain::Due))
      bell_.nap(kPace);
    else
      bell_.sleep(Milliseconds(flush_every_.load()));
  }
  Instant give_up = monotonicNow() + kLastWords;
  while (drainAll(LogFile::Drain::All) && monotonicNow() < give_up) bell_.nap(Milliseconds(1));
}

void LogWriter::takeArrivals() {
  std::lock_guard lock(arrivals_mutex_);
  drained_files_.insert(drained_files_.end(), arrivals_.begin(), arrivals_.end());
  arrivals_.clear();
}

// False: there was nothing to do.
bool LogWriter::drainAll(LogFile::Drain what) {
  bool busy = false;
  Instant now = monotonicNow();
  takeArrivals();
  std::erase_if(drained_files_, [&](LogFile* file) {
    Drained result = file->drain(what, now);
    busy = busy || result == Drained::Wrote || result == Drained::Blocked;
    return result == Drained::Closed;
  });
  return busy;
}

}  // namespace weir
