// SPDX-License-Identifier: Apache-2.0
#pragma once
// Children: the processes of the master by slot. Forks them, speaks with them, and reaps them; what their answers and
// their deaths mean is the Supervisor's business. Nothing here waits for a child.

#include <poll.h>
#include <sys/resource.h>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "master/child.h"
#include "master/generation.h"
#include "master/process_title.h"
#include "master/status.h"
#include "master/watchdog.h"
#include "shared/base/clock.h"
#include "shared/base/result.h"
#include "shared/ipc/ticket_keys.h"
#include "shared/stats/segment.h"
#include "worker/entry.h"

namespace weir {

struct ChildEvent {
  enum class Kind : uint8_t { Prepared, Refused, Committed, Released, Ended };
  Kind kind;
  unsigned slot = 0;
  std::string text;  // Refused: the diagnostics. Released: the socket's key. Ended: what happened
  // Ended only:
  ExitReason reason = ExitReason::Ok;
  bool expected = false;  // it had been told to end
  Instant started{};
};

class Children {
 public:
  // All outlive the children.
  Children(Segment& segment, TicketKeys& tickets, ProcessTitle& title)
      : segment_(segment), tickets_(tickets), title_(title) {}

  // Forks a process into a free slot; it waits for its first offer. REQUIRES: find(slot) == nullptr
  Result<void> start(unsigned slot, const Generation& generation, Instant now);

  // Null when the slot is empty.
  Child* find(unsigned slot);
  bool empty() const { return children_.empty(); }
  std::set<unsigned> slots() const;
  // Of every child, by slot; the restarts are not known here.
  std::vector<ProcessStatus> status(Instant now) const;
  // No child is in the middle of taking a generation.
  bool settled() const;
  // No worker is left; maybe the monitor.
  bool noWorkers() const;
  template <class Visitor>
  void each(Visitor visit) {
    for (auto& [slot, child] : children_) visit(child);
  }

  // As Child::quit().
  void quit(Child& child, Milliseconds limit, Instant now);

  // Messages that have arrived; sends what waited to be sent.
  std::vector<ChildEvent> exchange(Instant now);
  // Processes that have ended; they are children no more.
  std::vector<ChildEvent> reap();
  // Log lines that dead processes left, to the monitor, as soon as it serves.
  bool linesLeft() const { return !left_.empty(); }
  void passOnLines(const std::vector<KeyedDescriptor>& logs);
  // Looks after the children's heartbeats. One that hangs is aborted; its end is told by reap(). True when doubtful()
  // is another set than before.
  bool watch(Instant now);
  // Slots whose process hangs, may hang, or has not yet been replaced.
  const std::set<unsigned>& doubtful() const { return doubtful_; }
  // Tells, stops and kills those whose time is up.
  void meetDeadlines(Instant now);
  Instant nextDeadline() const;
  void addTo(std::vector<pollfd>& polled) const;

 private:
  // Of spools for which there is no monitor; more than that is a storm.
  static constexpr size_t kMaxSpools = 16;

  static void flush(Child& child);
  void receive(Child& child, std::vector<ChildEvent>& events);
  void take(Child& child, const Message& message, std::vector<ChildEvent>& events);
  void countCpu(const Child& child, const rusage& usage);
  bool isDoubtful(Child& child, Instant now);
  ChildEvent bury(Child& child, int status);
  void note(const Child& child, SlotState state);
  void keepLines(Child& child);
  void linesTaken(std::string_view key);
  [[noreturn]] void become(ChildContext context, const Generation& generation);

  Segment& segment_;
  TicketKeys& tickets_;
  ProcessTitle& title_;
  std::map<unsigned, Child> children_;
  Watchdog watchdog_;
  std::set<unsigned> doubtful_;
  struct Left {
    std::string key;  // "spool:worker 1 (pid 17)"
    Fd spool;
    bool passed_on;  // the monitor has not said yet that it took it
  };
  std::deque<Left> left_;
};

}  // namespace weir
