// SPDX-License-Identifier: Apache-2.0
#include "master/child.h"

#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <cstring>
#include <utility>

#include "shared/base/log.h"
#include "shared/stats/segment.h"

namespace weir {
namespace {

constexpr std::array<const char*, 5> kExitReasons{"ok", "crash", "hang", "oom", "drain_timeout"};

std::string describeStatus(int status) {
  if (WIFEXITED(status)) return "exited with code " + std::to_string(WEXITSTATUS(status));
  int signal = WTERMSIG(status);
  std::string text = "was killed by signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
  return WCOREDUMP(status) ? text + ", core dumped" : text;
}

}  // namespace

const char* exitReasonName(ExitReason reason) { return kExitReasons[static_cast<size_t>(reason)]; }

std::string childName(unsigned slot) {
  return slot == Segment::kMonitorSlot ? "monitor" : "worker " + std::to_string(slot);
}

Child::Child(unsigned slot, pid_t pid, Channel channel, Instant now, ProcessLimits limits)
    : slot_(slot),
      pid_(pid),
      channel_(std::move(channel)),
      name_(childName(slot)),
      started_(now),
      limits_(std::move(limits)) {}

const char* Child::stateName() const {
  switch (state_) {
    case State::Quitting:
      return "draining";
    case State::Stopping:
      return "stopping";
    case State::Silent:
      return "lost";
    default:
      return has_served_ ? "running" : "starting";
  }
}

void Child::offer(const Offer& offer, Instant now) {
  generation_ = offer.generation;
  tell(MessageType::Bundle, {}, {offer.bundle});
  tellDescriptors(offer.descriptors);
  tell(MessageType::Prepare);
  state_ = State::Preparing;
  deadline_ = now + kAnswerLimit;
}

void Child::commit(Instant now) {
  tell(MessageType::Commit);
  state_ = State::Committing;
  deadline_ = now + kAnswerLimit;
}

void Child::abort(Instant now) {
  if (isEnding() || !channel_.isOpen()) return;
  tell(MessageType::Abort);
  if (!has_served_) return stop(now);
  state_ = State::Serving;
  deadline_ = kNever;
}

bool Child::onPrepared(uint64_t generation) {
  if (state_ != State::Preparing || generation != generation_) return false;
  state_ = State::Prepared;
  deadline_ = kNever;
  return true;
}

bool Child::onCommitted(uint64_t generation) {
  if (state_ != State::Committing || generation != generation_) return false;
  state_ = State::Serving;
  has_served_ = true;
  deadline_ = kNever;
  return true;
}

void Child::setLimits(const ProcessLimits& limits) {
  for (const Error& error : limits.apply(pid_, limits_)) WEIR_LOG(Error, "{}: {}", name_, error.message());
  limits_ = limits;
}

void Child::reopen(const std::vector<KeyedDescriptor>& logs) {
  tellDescriptors(logs);
  tell(MessageType::Reopen);
}

void Child::adopt(const std::vector<KeyedDescriptor>& orphans) {
  tellDescriptors(orphans);
  tell(MessageType::Adopt);
}

void Child::quit(Milliseconds limit, Instant now) {
  if (isEnding() || doomed_) return;
  tell(MessageType::Quit, std::to_string(limit.count()));
  state_ = State::Quitting;
  deadline_ = limit.count() == 0 ? kNever : now + limit;
}

void Child::stop(Instant now) {
  if (state_ == State::Stopping || doomed_) return;
  tell(MessageType::Stop);
  state_ = State::Stopping;
  deadline_ = now + kStopLimit;
}

void Child::silence(Instant now) {
  if (state_ == State::Silent || isEnding()) return;
  state_ = State::Silent;
  deadline_ = now + kStopLimit;
}

// A stopped process dies of SIGABRT only when it goes on; it runs no instruction of its own in between.
void Child::crash(std::string_view what, Instant now) {
  if (std::exchange(doomed_, true)) return;
  doom_ = ExitReason::Hang;
  doom_text_ = what;
  deadline_ = now + kCoreLimit;
  ::kill(pid_, SIGABRT);
  ::kill(pid_, SIGCONT);
}

void Child::kill(ExitReason why, std::string_view text) {
  if (std::exchange(doomed_, true)) return;
  doom_ = why;
  doom_text_ = text;
  deadline_ = kNever;
  ::kill(pid_, SIGKILL);
}

void Child::onDeadline(Instant now) {
  if (doomed_) {
    deadline_ = kNever;
    ::kill(pid_, SIGKILL);
    return;
  }
  switch (state_) {
    case State::Quitting:
      WEIR_LOG(Warn, "{} (pid {}) is not done at worker_shutdown_timeout: stopping it", name_, pid_);
      return stop(now);
    case State::Stopping:
      return kill(ExitReason::DrainTimeout, "did not stop when told to");
    case State::Silent:
      return crash("closed its channel and lived on", now);
    case State::Preparing:
      return crash("did not prepare the configuration in time", now);
    default:
      return crash("did not take the configuration in time", now);
  }
}

Ending Child::ending(int status) const {
  std::string text = name_ + " (pid " + std::to_string(pid_) + ") ";
  if (doomed_) return {doom_, text + doom_text_ + ", and " + describeStatus(status)};
  text += describeStatus(status);
  if (isEnding() && WIFEXITED(status) && WEXITSTATUS(status) == 0) return {ExitReason::Ok, text};
  // Nobody but the kernel's out-of-memory killer, or an operator, sends this one.
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return {ExitReason::Oom, text};
  return {ExitReason::Crash, text};
}

void Child::tell(MessageType type, std::string payload, const std::vector<int>& descriptors) {
  if (!channel_.isOpen()) return;
  auto sent = channel_.send(type, generation_, std::move(payload), descriptors);
  // A dead child is reaped soon; until then there is nobody to talk to.
  if (!sent) channel_.close();
}

void Child::tellDescriptors(const std::vector<KeyedDescriptor>& all) {
  std::vector<std::string> keys;
  std::vector<int> descriptors;
  size_t size = 0;
  auto send = [&] {
    if (!keys.empty()) tell(MessageType::Descriptors, joinKeys(keys), descriptors);
    keys.clear();
    descriptors.clear();
    size = 0;
  };
  for (const auto& [key, fd] : all) {
    if (descriptors.size() == Channel::kMaxDescriptors || size + key.size() + 1 > Channel::kMaxPayload) send();
    keys.push_back(key);
    descriptors.push_back(fd);
    size += key.size() + 1;
  }
  send();
}

}  // namespace weir
