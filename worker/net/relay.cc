// SPDX-License-Identifier: Apache-2.0
#include "worker/net/relay.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "shared/stats/slot.h"

namespace weir {
namespace {

constexpr RelaySide kSides[] = {RelaySide::Downstream, RelaySide::Upstream};

RelaySide otherThan(RelaySide side) {
  return side == RelaySide::Downstream ? RelaySide::Upstream : RelaySide::Downstream;
}

}  // namespace

void Relay::start(RelayLeg downstream, RelayLeg upstream) {
  started_ = loop_.now();
  streams_ = {std::move(downstream.stream), std::move(upstream.stream)};
  of(RelaySide::Downstream).begin(*streams_[0], *streams_[1], std::move(downstream.owed));
  of(RelaySide::Upstream).begin(*streams_[1], *streams_[0], std::move(upstream.owed));
  for (auto& stream : streams_) stream->setListener(this);
  armQuiet();
  loop_.post(*this);
}

// While it is posted its turn is still to come: an event must not give it a second budget.
void Relay::onReady() {
  if (!linked()) pump();
}

void Relay::pump() {
  if (!limited_ && loop_.now() - started_ >= kLasts) limitUnacknowledged();
  uint64_t before = bytesFrom(RelaySide::Downstream) + bytesFrom(RelaySide::Upstream);
  bool more = false, paced = false;
  for (RelaySide side : kSides) {
    bool unfinished = pumpFrom(side) == Progress::More;
    if (settle(side)) return finish(end_);
    (rateOf(side) == 0 ? more : paced) |= unfinished;
  }
  if (bytesFrom(RelaySide::Downstream) + bytesFrom(RelaySide::Upstream) != before) armQuiet();
  if (paced) armPace();
  armRecheck();
  if (more) loop_.post(*this);
}

void Relay::limitUnacknowledged() {
  limited_ = true;
  if (options_.unacknowledged.count() > 0) stream(RelaySide::Upstream).limitUnacknowledged(options_.unacknowledged);
}

Relay::Progress Relay::pumpFrom(RelaySide side) {
  RelayDirection& direction = of(side);
  bool end_follows = options_.half_close && of(otherThan(side)).fault() == RelayDirection::Fault::None;
  uint64_t before = direction.moved();
  size_t budget = rateOf(side) == 0 ? options_.turn_budget : allowance(side);
  Progress progress = direction.pump({pool_, options_.buffer_size, options_.pipes, end_follows}, budget);
  CellIndex cell = side == RelaySide::Downstream ? options_.from_downstream : options_.to_downstream;
  stats::add(cell, static_cast<int64_t>(direction.moved() - before));
  return progress;
}

// As nginx counts: a second's worth is there at once.
size_t Relay::allowance(RelaySide side) {
  auto elapsed = static_cast<uint64_t>(std::chrono::duration_cast<Milliseconds>(loop_.now() - started_).count());
  uint64_t allowed = rateOf(side) * (elapsed + 1000) / 1000;
  uint64_t moved = of(side).moved();
  return allowed <= moved ? 0 : std::min<uint64_t>(allowed - moved, options_.turn_budget);
}

void Relay::armPace() {
  constexpr Milliseconds kPace{50};
  if (!pace_.armed()) pace_.armIn(kPace);
}

void Relay::armRecheck() {
  if (directions_[0].unsure() || directions_[1].unsure()) recheck_.armIn(kRecheck);
}

void Relay::recheck() {
  for (RelayDirection& direction : directions_)
    if (direction.unsure()) direction.askAgain();
  onReady();
}

bool Relay::settle(RelaySide side) {
  RelayDirection& direction = of(side);
  RelayDirection& opposite = of(otherThan(side));
  if (!direction.over()) return false;
  if (std::exchange(settled_[static_cast<size_t>(side)], true)) return opposite.over();
  switch (direction.fault()) {
    case RelayDirection::Fault::None:
      passEndOn(side);
      break;
    case RelayDirection::Fault::Sink:
      // What it sent before it went away may still be there to be read: an early refusal, say.
      end_ = {RelayEnd::Why::Failed, otherThan(side), direction.osError()};
      break;
    case RelayDirection::Fault::Source:
      end_ = {RelayEnd::Why::Failed, side, direction.osError()};
      return true;
    case RelayDirection::Fault::Memory:
      end_ = {RelayEnd::Why::OutOfMemory};
      return true;
  }
  armQuiet();
  return opposite.over();
}

void Relay::passEndOn(RelaySide side) {
  RelayDirection& opposite = of(otherThan(side));
  if (opposite.fault() != RelayDirection::Fault::None) return;  // a reset follows, which is no orderly end
  // Both close in a moment, which for a plain stream says it, too.
  if (opposite.over() && stream(otherThan(side)).splices()) return;
  if (!opposite.over()) end_.who = side;
  if (options_.half_close)
    stream(otherThan(side)).shutdownSend();
  else
    opposite.drain();
}

void Relay::onDeadline(Deadline& deadline) {
  if (&deadline == &pace_) return onReady();
  if (&deadline == &recheck_) return recheck();
  RelayEnd how{RelayEnd::Why::IdleTimeout};
  if (of(RelaySide::Downstream).held() > 0) how.who = RelaySide::Upstream;
  finish(how);
}

void Relay::armQuiet() {
  bool half = directions_[0].over() || directions_[1].over();
  quiet_.armIn(half ? std::min(options_.idle_timeout, options_.half_closed_timeout) : options_.idle_timeout);
}

void Relay::finish(RelayEnd how) {
  if (std::exchange(ended_, true)) return;
  for (RelaySide side : kSides) {
    stream(side).setListener(nullptr);
    bool truncated = of(otherThan(side)).held() > 0;
    bool other_failed = how.why == RelayEnd::Why::Failed && how.who != side;
    if (truncated || other_failed || how.why == RelayEnd::Why::OutOfMemory) stream(side).resetOnClose();
  }
  quiet_.disarm();
  pace_.disarm();
  recheck_.disarm();
  unlink();
  owner_.onRelayEnded(*this, how);
}

}  // namespace weir
