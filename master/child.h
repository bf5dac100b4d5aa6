// SPDX-License-Identifier: Apache-2.0
#pragma once
// Child: one process of the master, a worker or the monitor, from its fork until it is reaped; what it was told last
// and until when it must have answered. Owned by Children, which is told by waitpid() when it ends.

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "master/offer.h"
#include "master/process_limits.h"
#include "shared/base/clock.h"
#include "shared/base/fd.h"
#include "shared/ipc/channel.h"

namespace weir {

// How a child ended, in the words of weir_worker_exits_total.
enum class ExitReason : uint8_t { Ok, Crash, Hang, Oom, DrainTimeout };
const char* exitReasonName(ExitReason reason);

struct Ending {
  ExitReason reason = ExitReason::Ok;
  std::string text;  // "worker 0 (pid 12) was killed by signal 11 (Segmentation fault), core dumped"
};

class Child {
 public:
  // A child that has not prepared, or not committed, by then is replaced.
  static constexpr Milliseconds kAnswerLimit{30'000};
  // Between being told to stop and being killed.
  static constexpr Milliseconds kStopLimit{5'000};
  // Between being aborted and being killed: for the core to be written.
  static constexpr Milliseconds kCoreLimit{5'000};

  // What its next message is to be, or that none is awaited.
  // Silent: its channel is closed, so it is about to be reaped.
  enum class State : uint8_t { New, Preparing, Prepared, Committing, Serving, Quitting, Stopping, Silent };

  // limits: those that the process set for itself.
  Child(unsigned slot, pid_t pid, Channel channel, Instant now, ProcessLimits limits = {});

  unsigned slot() const { return slot_; }
  pid_t pid() const { return pid_; }
  Instant started() const { return started_; }
  State state() const { return state_; }
  uint64_t generation() const { return generation_; }
  // In the words of `weir -s status`.
  const char* stateName() const;
  bool isEnding() const { return state_ == State::Quitting || state_ == State::Stopping; }
  // Neither in the middle of taking a generation nor about to be replaced.
  bool isSettled() const { return (state_ == State::Serving && !isDying()) || isEnding(); }
  bool isPreparing() const { return state_ == State::New || state_ == State::Preparing || state_ == State::Committing; }
  // Its heartbeat is to be minded; otherwise its deadline is enough.
  bool isWatched() const { return !doomed_ && state_ != State::Stopping && state_ != State::Silent; }
  // By a signal, as waitpid() tells.
  bool isStopped() const { return stopped_; }
  void setStopped(bool stopped) { stopped_ = stopped; }
  const std::string& name() const { return name_; }
  Channel& channel() { return channel_; }
  const Channel& channel() const { return channel_; }
  // kNever when nothing is awaited.
  Instant deadline() const { return deadline_; }

  // The steps of a reload. After abort() a child that has never served is stopped: it has nothing to go back to.
  void offer(const Offer& offer, Instant now);
  void commit(Instant now);
  void abort(Instant now);
  // An answer to another generation than the one offered last is late: false, and nothing changes.
  bool onPrepared(uint64_t generation);
  bool onCommitted(uint64_t generation);

  // What changed of them; nothing is done, and no privilege needed, for what the process has already.
  void setLimits(const ProcessLimits& limits);
  void reopen(const std::vector<KeyedDescriptor>& logs);
  // What a dead process left: sockets, to empty and release them; or its spool of log lines with the logs, for the
  // monitor.
  void adopt(const std::vector<KeyedDescriptor>& orphans);
  // Where its log lines wait (makeLogSpool()).
  void keepSpool(Fd spool) { spool_ = std::move(spool); }
  Fd takeSpool() { return std::move(spool_); }
  // Gracefully, but after the limit at once; 0: no limit.
  void quit(Milliseconds limit, Instant now);
  void stop(Instant now);
  // Its channel is closed; it dies, or is killed.
  void silence(Instant now);
  // It hangs: it is made to leave a core and to end, and is killed if it does not. What it did: "was stopped".
  void crash(std::string_view what, Instant now);
  // What follows when the deadline has passed.
  void onDeadline(Instant now);

  // From waitpid()'s status.
  Ending ending(int status) const;

 private:
  void tell(MessageType type, std::string payload = {}, const std::vector<int>& descriptors = {});
  void tellDescriptors(const std::vector<KeyedDescriptor>& descriptors);
  void kill(ExitReason why, std::string_view text);
  bool isDying() const { return doomed_ && deadline_ != kNever; }

  unsigned slot_;
  pid_t pid_;
  Channel channel_;
  std::string name_;  // "worker 0", "monitor"
  Instant started_;
  Instant deadline_ = kNever;
  State state_ = State::New;
  bool has_served_ = false;
  uint64_t generation_ = 0;  // offered last
  ProcessLimits limits_;
  Fd spool_;
  bool stopped_ = false;
  bool doomed_ = false;  // killed by the master
  ExitReason doom_ = ExitReason::Crash;
  std::string doom_text_;
};

std::string childName(unsigned slot);

}  // namespace weir
