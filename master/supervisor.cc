// SPDX-License-Identifier: Apache-2.0
#include "master/supervisor.h"

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "master/report.h"
#include "shared/base/log.h"
#include "shared/base/version.h"
#include "worker/entry.h"

namespace weir {
namespace {

// Longer waits are cut: a poll's milliseconds are an int.
constexpr Milliseconds kLongestWait{3'600'000};

// To those who want a change that will not come.
const control::Answer kEnding{false, "weir is ending\n"};

int pollTimeout(Instant deadline, Instant now) {
  if (deadline == kNever) return -1;
  auto wait = std::chrono::ceil<Milliseconds>(deadline - now);
  return static_cast<int>(std::clamp(wait, Milliseconds{0}, kLongestWait).count());
}

}  // namespace

Supervisor::Supervisor(Options options, Signals signals, Segment& segment, TicketKeys& tickets, ProcessTitle& title)
    : options_(std::move(options)),
      signals_(std::move(signals)),
      figures_(segment),
      children_(segment, tickets, title),
      tickets_(tickets),
      now_(monotonicNow()),
      started_(now_),
      reload_begun_(now_) {}

int Supervisor::run(std::unique_ptr<Generation> first, Diagnostics diagnostics, Daemon daemon, Notifier notifier) {
  daemon_ = std::move(daemon);
  notifier_ = std::move(notifier);
  if (!begin(std::move(first), diagnostics)) return 1;
  while (!ended()) {
    waitForEvents();
    takeSignals();
    takeCommands();
    takeChildEvents();
    advanceReload();
    meetDeadlines();
    startPending();
    endMonitorLast();
  }
  WEIR_LOG(Notice, "weir ends");
  return exit_code_;
}

// ---- start ----

bool Supervisor::begin(std::unique_ptr<Generation> first, Diagnostics& diagnostics) {
  first->open(nullptr, chooseSlots(first->workerCount(), {}, {}), diagnostics);
  if (!diagnostics.hasErrors())
    if (auto opened = openPidFile(first->settings()); !opened) diagnostics.error({}, opened.error().message());
  // Once more: the words of a start that fails come after its generation is gone.
  Diagnostics reported_above;
  start_logs_ = LogFiles::openErrorLogs(first->settings(), first->credentials(), reported_above);
  if (!start_logs_->targets().empty()) log::setTargets(start_logs_->targets());
  logs_to_terminal_ = start_logs_->hasTerminal() || start_logs_->targets().empty();
  if (diagnostics.hasErrors()) {
    failStart(diagnostics.formatAll());
    return false;
  }
  logLines(LogLevel::Warn, diagnostics.formatAll());
  WEIR_LOG(Notice, "weir {} starts with {} workers", kVersion, first->slots().size());
  reload_.emplace(std::move(first), children_, now_);
  return true;
}

Result<void> Supervisor::openPidFile(const Settings& settings) {
  const std::string& path = settings.main.pid.value;
  if (path.empty()) return {};
  auto pid_file = PidFile::write(path);
  if (!pid_file) return pid_file.error();
  pid_file_.emplace(std::move(pid_file).value());
  auto control = ControlServer::open(control::socketPath(path));
  if (!control) return control.error();
  control_.emplace(std::move(control).value());
  return {};
}

void Supervisor::failStart(const std::string& text) {
  exit_code_ = 1;
  notifier_.status(text);
  logLines(LogLevel::Emerg, text);
  if (!logs_to_terminal_) printLines(LogLevel::Emerg, text);
}

// ---- one turn ----

void Supervisor::waitForEvents() {
  std::vector<pollfd> polled;
  signals_.addTo(polled);
  children_.addTo(polled);
  if (control_) control_->addTo(polled);
  poll(polled.data(), polled.size(), pollTimeout(nextDeadline(), monotonicNow()));
  now_ = monotonicNow();
}

Instant Supervisor::nextDeadline() const {
  Instant next = std::min({children_.nextDeadline(), notifier_.nextDeadline(), tickets_.due()});
  if (mayRespawn()) next = std::min(next, respawns_.next());
  if (control_) next = std::min(next, control_->nextDeadline());
  return next;
}

void Supervisor::takeSignals() {
  for (int number : signals_.take()) onSignal(number);
}

void Supervisor::onSignal(int number) {
  switch (number) {
    case SIGHUP:
      reload_wanted_ = true;
      break;
    case SIGUSR1:
      reopen_wanted_ = true;
      break;
    case SIGWINCH:
      drain_wanted_ = true;
      break;
    case SIGTERM:
      // Who cannot wait says it twice.
      if (mode_ == Mode::Serving && current_ && current_->settings().main.graceful_term) return quit();
      [[fallthrough]];
    case SIGINT:
      stop();
      break;
    case SIGQUIT:
      quit();
      break;
    default:
      break;  // SIGCHLD only wakes: the dead are looked for in every turn
  }
}

void Supervisor::takeCommands() {
  if (!control_) return;
  for (const auto& request : control_->receive(now_)) onCommand(request);
}

void Supervisor::onCommand(const ControlServer::Request& request) {
  bool is_end = request.command == "stop" || request.command == "quit";
  bool is_change = request.command == "reload" || request.command == "reopen" || request.command == "drain";
  if (is_change && mode_ != Mode::Serving) {
    answer({request.client}, kEnding);
  } else if (request.command == "reload") {
    reload_wanted_ = true;
    waiting_for_reload_.push_back(request.client);
  } else if (request.command == "reopen") {
    reopen_wanted_ = true;
    waiting_for_reopen_.push_back(request.client);
  } else if (request.command == "drain") {
    drain_wanted_ = true;
    answer({request.client}, {true, {}});
  } else if (request.command == "status") {
    answer({request.client}, {true, statusText(status())});
  } else if (request.command == "status json") {
    answer({request.client}, {true, statusJson(status())});
  } else if (is_end) {
    answer({request.client}, {true, {}});
    request.command == "stop" ? stop() : quit();
  } else {
    answer({request.client}, {false, "unknown command \"" + request.command + "\"\n"});
  }
}

void Supervisor::answer(const Clients& clients, const control::Answer& answer) {
  for (uint64_t client : clients) control_->answer(client, answer, now_);
}

Status Supervisor::status() const {
  constexpr const char* kModes[] = {"serving", "quitting", "stopping"};
  Status status;
  status.state = current_ || mode_ != Mode::Serving ? kModes[static_cast<size_t>(mode_)] : "starting";
  status.pid = getpid();
  status.uptime = now_ - started_;
  status.started = wallNow() - status.uptime;
  status.file = options_.config;
  for (ProcessStatus& process : children_.status(now_)) {
    process.restarts = respawns_.deaths(process.slot);
    if (process.slot == Segment::kMonitorSlot)
      status.monitor = process;
    else
      status.workers.push_back(process);
  }
  status.last_reload = last_reload_;
  if (!current_) return status;
  status.generation = current_->number();
  status.since = serves_since_;
  status.sha256 = fmt::format("{:02x}", fmt::join(current_->digest(), ""));
  status.listeners = current_->listeners().status();
  return status;
}

void Supervisor::takeChildEvents() {
  // What a child said before it died comes first.
  for (const ChildEvent& event : children_.exchange(now_)) onChildEvent(event);
  for (const ChildEvent& event : children_.reap()) onChildEvent(event);
  if (current_ && children_.linesLeft()) children_.passOnLines(current_->logs().descriptors());
}

void Supervisor::onChildEvent(const ChildEvent& event) {
  bool is_vote = reload_ && reload_->includes(event.slot);
  if (reload_) reload_->take(event);
  if (event.kind == ChildEvent::Kind::Ended) return onEnded(event);
  if (event.kind == ChildEvent::Kind::Released && current_) current_->listeners().release(event.slot, event.text);
  if (is_vote || event.kind == ChildEvent::Kind::Released) return;
  // A successor takes what the others have.
  Child& child = *children_.find(event.slot);
  if (event.kind == ChildEvent::Kind::Prepared) child.commit(now_);
  if (event.kind != ChildEvent::Kind::Refused) return;
  WEIR_LOG(Crit, "{} refuses the configuration that serves", child.name());
  logLines(LogLevel::Crit, event.text);
  child.stop(now_);
}

void Supervisor::onEnded(const ChildEvent& event) {
  LogLevel level = event.reason == ExitReason::Ok ? LogLevel::Notice : LogLevel::Alert;
  if (log::enabled(level)) log::write(level, event.text);
  figures_.childEnded(event.slot, event.reason);
  settleSockets(event.slot);
  if (current_) current_->zones().forget(event.slot);
  if (drained_ && children_.noWorkers()) WEIR_LOG(Notice, "the workers have finished");
  if (mode_ != Mode::Serving || !isWanted(event.slot)) return;
  Milliseconds pause = respawns_.died(event.slot, event.started, now_);
  if (pause.count() > 0) WEIR_LOG(Warn, "{} keeps dying: the next one in {} ms", childName(event.slot), pause.count());
}

void Supervisor::meetDeadlines() {
  notifier_.alive(now_);
  if (children_.watch(now_) && current_) current_->listeners().steerAwayFrom(children_.doubtful());
  children_.meetDeadlines(now_);
  tickets_.rotateDue(now_);
  respawnDue();
}

// ---- reload ----

void Supervisor::startPending() {
  if (mode_ != Mode::Serving || reload_ || !children_.settled()) return;
  if (std::exchange(reopen_wanted_, false)) reopenLogs();
  if (std::exchange(drain_wanted_, false)) drain();
  if (std::exchange(reload_wanted_, false)) beginReload();
}

void Supervisor::beginReload() {
  WEIR_LOG(Notice, "reloading the configuration");
  notifier_.reloading(now_, "reloading the configuration");
  reload_begun_ = monotonicNow();
  reload_clients_ = std::exchange(waiting_for_reload_, {});
  Diagnostics diagnostics;
  auto candidate = Generation::load(options_, ++last_number_, diagnostics);
  if (!diagnostics.hasErrors()) {
    auto serving = drained_ ? std::vector<unsigned>() : current_->slots();
    auto slots = chooseSlots(candidate->workerCount(), serving, children_.slots());
    candidate->open(current_.get(), std::move(slots), diagnostics);
  }
  if (diagnostics.hasErrors()) return refuseReload(diagnostics.formatAll());
  warnings_ = diagnostics.formatAll();
  logLines(LogLevel::Warn, warnings_);
  reload_.emplace(std::move(candidate), children_, now_);
}

void Supervisor::advanceReload() {
  if (!reload_) return;
  if (reload_->phase() == Rollout::Phase::AllPrepared) commitReload();
  if (reload_->phase() == Rollout::Phase::Failed) return undoReload();
  if (reload_->phase() == Rollout::Phase::Done) finishReload();
}

void Supervisor::commitReload() {
  auto candidate = reload_->commit(now_);
  if (!candidate) return;
  // From here on it is the current one, whatever happens to single children; what only the previous one held closes.
  auto previous = std::exchange(current_, std::move(candidate));
  drained_ = false;
  tickets_.follow(current_->settings(), now_);
  installLog();
  if (previous) retireSurplus(*previous);
}

void Supervisor::retireSurplus(const Generation& previous) {
  for (unsigned slot : previous.slots()) {
    if (isWanted(slot)) continue;
    respawns_.cancel(slot);
    if (Child* child = children_.find(slot))
      children_.quit(*child, current_->settings().main.worker_shutdown_timeout, now_);
  }
}

void Supervisor::finishReload() {
  reload_.reset();
  daemon_.serves();
  serves_since_ = wallNow();
  figures_.generationServes(current_->number(), current_->digest(), serves_since_);
  figures_.certificates(certificateFacts(current_->settings()));
  if (current_->number() > 1) recordReload(true, warnings_);
  WEIR_LOG(Notice, "{}", servingText());
  notifier_.ready(servingText());
  answer(std::exchange(reload_clients_, {}), {true, std::exchange(warnings_, {})});
}

std::string Supervisor::servingText() const {
  return fmt::format("generation {} serves with {} workers", current_->number(), current_->slots().size());
}

void Supervisor::undoReload() {
  warnings_.clear();
  std::string reasons = reload_->reasons();
  reload_->undo(now_);
  reload_.reset();
  if (current_) return refuseReload(std::move(reasons));
  failStart(reasons);
  stop();
}

void Supervisor::refuseReload(std::string text) {
  logLines(LogLevel::Error, text);
  WEIR_LOG(Error, "the reload failed: the configuration before it serves on");
  notifier_.ready("the last reload failed: " + servingText());
  figures_.reloadFailed();
  recordReload(false, text);
  answer(std::exchange(reload_clients_, {}), {false, std::move(text)});
}

void Supervisor::recordReload(bool ok, const std::string& diagnostics) {
  Microseconds took = monotonicNow() - reload_begun_;
  last_reload_ = ReloadOutcome{ok, wallNow(), took, diagnostics};
}

void Supervisor::installLog() {
  log::setTargets(current_->logs().targets());
  start_logs_.reset();
}

void Supervisor::reopenLogs() {
  Diagnostics diagnostics;
  current_->reopenLogs(diagnostics);
  logLines(LogLevel::Error, diagnostics.formatAll());
  if (!diagnostics.hasErrors()) {
    installLog();
    children_.each([&](Child& child) { child.reopen(current_->logsFor(child.slot())); });
    WEIR_LOG(Notice, "the logs are reopened");
  }
  answer(std::exchange(waiting_for_reopen_, {}), {!diagnostics.hasErrors(), diagnostics.formatAll()});
}

// ---- children ----

// The sockets stay open: who connects meanwhile waits for the workers of the next reload, or those of another weir.
void Supervisor::drain() {
  if (std::exchange(drained_, true)) return;
  WEIR_LOG(Notice, "draining the workers; a reload brings new ones");
  notifier_.status("drained: no workers until a reload");
  children_.each([&](Child& child) {
    if (child.slot() == Segment::kMonitorSlot) return;
    respawns_.cancel(child.slot());
    children_.quit(child, current_->settings().main.worker_shutdown_timeout, now_);
  });
}

bool Supervisor::isWanted(unsigned slot) const {
  if (!current_) return false;
  const auto& slots = current_->slots();
  bool is_served = !drained_ && std::find(slots.begin(), slots.end(), slot) != slots.end();
  return slot == Segment::kMonitorSlot || is_served;
}

// What a process that was to go had not emptied when it died another one empties; what serves on waits for its
// successor.
void Supervisor::settleSockets(unsigned slot) {
  if (!current_) return;
  for (unsigned other : current_->slots()) {
    Child* heir = children_.find(other);
    if (heir == nullptr || heir->state() != Child::State::Serving || children_.doubtful().contains(other)) continue;
    auto orphans = current_->listeners().bequeath(slot, other);
    if (!orphans.empty()) heir->adopt(orphans);
    break;
  }
  current_->listeners().releaseAll(slot);
}

// While a reload is open, who is missing waits for its outcome: it starts with the generation that won.
bool Supervisor::mayRespawn() const {
  bool undecided = reload_ && reload_->phase() != Rollout::Phase::AwaitingCommitted;
  return mode_ == Mode::Serving && current_ && !undecided;
}

void Supervisor::respawnDue() {
  if (!mayRespawn()) return;
  for (unsigned slot : respawns_.due(now_)) {
    respawns_.cancel(slot);
    if (children_.find(slot) == nullptr && isWanted(slot)) respawn(slot);
  }
}

void Supervisor::respawn(unsigned slot) {
  auto started = children_.start(slot, *current_, now_);
  if (started) return children_.find(slot)->offer(current_->offerFor(slot), now_);
  WEIR_LOG(Alert, "{}", started.error().message());
  respawns_.died(slot, now_, now_);
}

// ---- end ----

void Supervisor::quit() {
  if (mode_ != Mode::Serving) return;
  leaveServing(Mode::Quitting);
  Milliseconds limit = current_ ? current_->settings().main.worker_shutdown_timeout : Child::kStopLimit;
  children_.each([&](Child& child) {
    if (child.slot() != Segment::kMonitorSlot) children_.quit(child, limit, now_);
  });
}

void Supervisor::stop() {
  if (mode_ == Mode::Stopping) return;
  leaveServing(Mode::Stopping);
  children_.each([&](Child& child) { child.stop(now_); });
}

void Supervisor::leaveServing(Mode mode) {
  const char* text = mode == Mode::Quitting ? "finishing gracefully" : "stopping";
  WEIR_LOG(Notice, "{}", text);
  notifier_.stopping(text);
  mode_ = mode;
  if (reload_ && reload_->isOpen()) reload_->undo(now_);
  reload_.reset();
  for (Clients* clients : {&reload_clients_, &waiting_for_reload_, &waiting_for_reopen_})
    answer(std::exchange(*clients, {}), kEnding);
  if (current_) current_->listeners() = {};
}

// It reports the others' drain until they are gone.
void Supervisor::endMonitorLast() {
  Child* monitor = children_.find(Segment::kMonitorSlot);
  if (mode_ == Mode::Quitting && monitor != nullptr && !monitor->isEnding() && children_.noWorkers())
    children_.quit(*monitor, Child::kStopLimit, now_);
}

}  // namespace weir
