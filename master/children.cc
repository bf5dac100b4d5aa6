// SPDX-License-Identifier: Apache-2.0
#include "master/children.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "master/confinement.h"
#include "master/live_process.h"
#include "shared/base/log.h"
#include "shared/stats/slot.h"

namespace weir {
namespace {

// Exit code of a child that could not become what it should.
constexpr int kCouldNotStart = 2;

// The master's descriptors are none of the child's business: other children's channels, sockets, the pid file's lock.
// It keeps the standard ones and these.
void closeAllBut(std::array<int, 3> all_kept) {
  std::sort(all_kept.begin(), all_kept.end());
  unsigned first = STDERR_FILENO + 1;
  for (int kept : all_kept) {
    if (kept < 0) continue;
    auto fd = static_cast<unsigned>(kept);
    if (fd < first) continue;
    if (fd > first) close_range(first, fd - 1, 0);
    first = fd + 1;
  }
  close_range(first, ~0U, 0);
}

// Orders come by the channel. What a terminal, a container or systemd sends to the whole group is meant for the master,
// which has its children finish first.
void resetSignals() {
  for (int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGPIPE, SIGXFSZ})
    ::signal(signal, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void confineOrExit(unsigned slot, const Generation& generation) {
  auto confined = confine(slot, generation);
  if (confined) return;
  WEIR_LOG(Emerg, "{}: {}", childName(slot), confined.error().message());
  _exit(kCouldNotStart);
}

}  // namespace

Result<void> Children::start(unsigned slot, const Generation& generation, Instant now) {
  auto ends = Channel::pair();
  if (!ends) return ends.error();
  auto& [ours, theirs] = ends.value();
  Fd spool = makeLogSpool();
  pid_t pid = fork();
  if (pid < 0) return systemError("fork of " + childName(slot));
  if (pid == 0) become({slot, std::move(theirs), &segment_, &tickets_, std::move(spool)}, generation);
  auto [place, added] = children_.try_emplace(slot, slot, pid, std::move(ours), now, generation.limitsFor(slot));
  place->second.keepSpool(std::move(spool));
  note(place->second, SlotState::Starting);
  WEIR_LOG(Notice, "started {} (pid {})", place->second.name(), pid);
  return {};
}

// In the forked process. It never returns, so nothing that the master owns is destroyed here.
void Children::become(ChildContext context, const Generation& generation) {
  const unsigned slot = context.slot;
  title_.set("weir: " + childName(slot));
  // Until its first configuration it has the one log that needs nothing of the master's.
  log::setDescriptor(log::descriptor());
  closeAllBut({log::descriptor(), context.channel.fd(), context.spool.get()});
  resetSignals();
  confineOrExit(slot, generation);
  stats::attach(nullptr);  // no longer the master's cells; the process attaches its own
  tickets_.protect();
  _exit(slot == Segment::kMonitorSlot ? runMonitor(std::move(context)) : runWorker(std::move(context)));
}

Child* Children::find(unsigned slot) {
  auto found = children_.find(slot);
  return found == children_.end() ? nullptr : &found->second;
}

std::set<unsigned> Children::slots() const {
  std::set<unsigned> slots;
  for (const auto& [slot, child] : children_) slots.insert(slot);
  return slots;
}

std::vector<ProcessStatus> Children::status(Instant now) const {
  std::vector<ProcessStatus> all;
  const CellIndex connections = segment_.series(Metric::WorkerConnections, {});
  for (const auto& [slot, child] : children_) {
    int64_t open = slot == Segment::kMonitorSlot ? 0 : segment_.value(slot, connections);
    all.push_back({slot, child.pid(), child.stateName(), child.generation(), now - child.started(), open});
  }
  return all;
}

bool Children::settled() const {
  return std::all_of(children_.begin(), children_.end(), [](const auto& entry) { return entry.second.isSettled(); });
}

bool Children::noWorkers() const {
  return std::all_of(children_.begin(), children_.end(),
                     [](const auto& entry) { return entry.first == Segment::kMonitorSlot; });
}

void Children::quit(Child& child, Milliseconds limit, Instant now) {
  child.quit(limit, now);
  note(child, SlotState::Draining);
}

std::vector<ChildEvent> Children::exchange(Instant now) {
  std::vector<ChildEvent> events;
  for (auto& [slot, child] : children_) {
    receive(child, events);
    flush(child);
    if (!child.channel().isOpen()) child.silence(now);
  }
  return events;
}

void Children::receive(Child& child, std::vector<ChildEvent>& events) {
  while (child.channel().isOpen()) {
    auto message = child.channel().receive();
    if (!message) return child.channel().close();
    if (!message.value()) return;
    take(child, *message.value(), events);
  }
}

void Children::flush(Child& child) {
  if (!child.channel().isOpen()) return;
  if (auto flushed = child.channel().flush(); !flushed) child.channel().close();
}

void Children::take(Child& child, const Message& message, std::vector<ChildEvent>& events) {
  if (message.type == MessageType::Prepared && child.onPrepared(message.generation)) {
    PreparedAnswer answer = readPrepared(message.payload);
    auto kind = answer.ok ? ChildEvent::Kind::Prepared : ChildEvent::Kind::Refused;
    events.push_back({kind, child.slot(), std::move(answer.text)});
  }
  if (message.type == MessageType::Committed && child.onCommitted(message.generation)) {
    note(child, SlotState::Running);
    events.push_back({ChildEvent::Kind::Committed, child.slot(), {}});
  }
  if (message.type == MessageType::Released && message.payload.starts_with("spool:"))
    linesTaken(message.payload);
  else if (message.type == MessageType::Released)
    events.push_back({ChildEvent::Kind::Released, child.slot(), message.payload});
  if (message.type == MessageType::Drained) WEIR_LOG(Info, "{} (pid {}) has drained", child.name(), child.pid());
}

std::vector<ChildEvent> Children::reap() {
  std::vector<ChildEvent> events;
  int status = 0;
  rusage usage{};
  for (pid_t pid; (pid = wait4(-1, &status, WNOHANG | WUNTRACED | WCONTINUED, &usage)) > 0;) {
    auto has_pid = [pid](const auto& entry) { return entry.second.pid() == pid; };
    auto found = std::find_if(children_.begin(), children_.end(), has_pid);
    if (found == children_.end()) continue;  // an orphan that came to us because we are process 1
    found->second.setStopped(WIFSTOPPED(status));
    if (WIFSTOPPED(status) || WIFCONTINUED(status)) continue;
    countCpu(found->second, usage);
    events.push_back(bury(found->second, status));
    children_.erase(found);
  }
  return events;
}

// The kernel's own count ends with the process; the slot's goes on.
void Children::countCpu(const Child& child, const rusage& usage) {
  auto microseconds = [](const timeval& time) { return int64_t{time.tv_sec} * 1'000'000 + time.tv_usec; };
  std::atomic<int64_t>& before = segment_.slotHeader(child.slot()).cpu_before;
  const int64_t used = microseconds(usage.ru_utime) + microseconds(usage.ru_stime);
  before.store(before.load(std::memory_order_relaxed) + used, std::memory_order_relaxed);
}

// Who was told to end leaves its slot to nobody.
ChildEvent Children::bury(Child& child, int status) {
  note(child, child.isEnding() ? SlotState::Free : SlotState::Exited);
  watchdog_.forget(child.slot());
  segment_.clearGauges(child.slot());
  Ending ending = child.ending(status);
  if (ending.reason != ExitReason::Ok) keepLines(child);
  // What the monitor was given it may not have taken; what it took it was writing.
  if (child.slot() == Segment::kMonitorSlot)
    for (Left& left : left_) left.passed_on = false;
  return {ChildEvent::Kind::Ended, child.slot(), ending.text, ending.reason, child.isEnding(), child.started()};
}

void Children::keepLines(Child& child) {
  Fd spool = child.takeSpool();
  if (!spool) return;
  left_.push_back({"spool:" + child.name() + " (pid " + std::to_string(child.pid()) + ")", std::move(spool), false});
  if (left_.size() <= kMaxSpools) return;
  WEIR_LOG(Error, "no monitor writes the log lines that processes left: those of {} are lost", left_.front().key);
  left_.pop_front();
}

void Children::passOnLines(const std::vector<KeyedDescriptor>& logs) {
  Child* monitor = find(Segment::kMonitorSlot);
  if (monitor == nullptr || monitor->state() != Child::State::Serving) return;
  std::vector<KeyedDescriptor> passed;
  for (Left& left : left_)
    if (!std::exchange(left.passed_on, true)) passed.push_back({left.key, left.spool.get()});
  if (passed.empty()) return;
  passed.insert(passed.end(), logs.begin(), logs.end());
  monitor->adopt(passed);
}

void Children::linesTaken(std::string_view key) {
  std::erase_if(left_, [key](const Left& left) { return left.key == key; });
}

bool Children::watch(Instant now) {
  std::set<unsigned> before = doubtful_;
  for (auto& [slot, child] : children_) {
    if (!isDoubtful(child, now)) {
      if (doubtful_.erase(slot) != 0) WEIR_LOG(Notice, "{} answers again", child.name());
    } else if (doubtful_.insert(slot).second) {
      WEIR_LOG(Warn, "{} (pid {}) does not answer: it {}", child.name(), child.pid(), watchdog_.symptom(slot));
    }
  }
  return doubtful_ != before;
}

// A successor is well only when it serves.
bool Children::isDoubtful(Child& child, Instant now) {
  using Health = Watchdog::Health;
  const unsigned slot = child.slot();
  if (!child.isWatched()) return doubtful_.contains(slot);
  auto duty = child.isPreparing() ? Watchdog::Duty::Prepare : Watchdog::Duty::Serve;
  Instant heartbeat{Microseconds(segment_.slotHeader(slot).heartbeat.load(std::memory_order_relaxed))};
  auto health = watchdog_.look(slot, duty, heartbeat, LiveProcess(child.pid(), child.isStopped()), now);
  if (health == Health::Hung) child.crash(watchdog_.symptom(slot), now);
  return health != Health::Well || (child.isPreparing() && doubtful_.contains(slot));
}

void Children::meetDeadlines(Instant now) {
  for (auto& [slot, child] : children_)
    if (child.deadline() <= now) child.onDeadline(now);
}

Instant Children::nextDeadline() const {
  Instant earliest = watchdog_.next();
  for (const auto& [slot, child] : children_) earliest = std::min(earliest, child.deadline());
  return earliest;
}

void Children::addTo(std::vector<pollfd>& polled) const {
  for (const auto& [slot, child] : children_) {
    const Channel& channel = child.channel();
    if (!channel.isOpen()) continue;
    polled.push_back({channel.fd(), static_cast<short>(channel.wantsWrite() ? POLLIN | POLLOUT : POLLIN), 0});
  }
}

void Children::note(const Child& child, SlotState state) {
  SlotHeader& header = segment_.slotHeader(child.slot());
  header.pid.store(child.pid(), std::memory_order_relaxed);
  if (state == SlotState::Starting) {
    header.started.store(wallNow().time_since_epoch().count(), std::memory_order_relaxed);
    header.beat(monotonicNow());
  }
  header.state.store(state, std::memory_order_release);
}

}  // namespace weir
