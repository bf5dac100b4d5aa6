// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogWriter: the process's one thread beside its loop; it writes what LogFiles hold, so that a slow disk or a full pipe
// never stops traffic (S-56). Made after fork, by the loop's thread, which is also the only one to call it. Outlives
// configurations: a file is found again by its name. When it ends it writes what is left, for at most a second.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/base/list.h"
#include "shared/stats/cell.h"
#include "worker/event/loop.h"
#include "worker/net/doorbell.h"
#include "worker/net/log_file.h"

namespace weir {

class LogWriter final : public TurnHook {
 public:
  struct Counters {
    CellIndex dropped = 0;  // lines that were not written
    CellIndex cut = 0;      // lines that were too long
  };
  // spool: memory for lines that outlives the process (LogSpool::create()), or none.
  explicit LogWriter(Counters counters, Fd spool = {});
  ~LogWriter();

  // fd is opened for appending. The file stays until close(); names are unique among open files.
  LogFile& open(std::string name, Fd fd, LogBuffering buffering);
  LogFile& open(std::string name, const Address& syslog_server);
  // Writes what a process that has died left in a block of its spool.
  void inherit(LogBlock block, std::unique_ptr<LogOutput> output);
  // An open file; null when there is none of that name.
  LogFile* find(std::string_view name) const;
  // No more lines come for it: its lines are written, then its descriptor is closed. Not to be used after this.
  void close(LogFile& file);

  // Hands this turn's lines to the thread, at the price of one futex call at most; counts what was dropped, and warns
  // of it once a minute at most.
  void onTurnEnd(Instant now) override;

 private:
  friend class LogFile;
  using Drained = LogFile::Drained;

  // After writing the thread rests that long, so that busy times need no wake-ups and its writes are larger.
  static constexpr Milliseconds kPace{5};
  static constexpr Milliseconds kLastWords{1000};
  static constexpr Milliseconds kWarnEvery{60'000};

  LogFile& add(std::string name, LogBlock block, std::unique_ptr<LogOutput> output, LogBuffering buffering);
  void tellThread(LogFile& file);

  void touched(LogFile& file) { touched_.pushBack(file); }
  void urge() { bell_.ringUrgently(); }
  void countCut() const;
  void noteLoss() { lossy_.store(true, std::memory_order_release); }
  void countLosses();
  void warn();

  // On the thread.
  void run();
  bool drainAll(LogFile::Drain what);
  void takeArrivals();

  const Counters counters_;
  LogSpool spool_;
  std::vector<std::unique_ptr<LogFile>> files_;
  List<LogFile> touched_;    // got lines in this turn
  uint64_t unreported_ = 0;  // lines lost since the last warning
  std::string loser_;        // the log that lost the last of them
  int loss_error_ = 0;       // why; 0: there was no room
  Instant warn_after_{};

  Doorbell bell_;
  std::mutex arrivals_mutex_;  // held for the moment of a push or a swap only
  std::vector<LogFile*> arrivals_;
  std::vector<LogFile*> drained_files_;  // the thread's own
  std::atomic<int64_t> flush_every_{0};  // milliseconds; 0: nothing asks for it
  std::atomic<bool> lossy_{false};       // some file has losses to be counted
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace weir
