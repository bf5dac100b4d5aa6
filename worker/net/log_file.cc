// SPDX-License-Identifier: Apache-2.0
#include "worker/net/log_file.h"

#include <algorithm>
#include <utility>

#include "worker/net/log_writer.h"

namespace weir {

LogFile::LogFile(LogWriter& writer, std::string name, LogBlock block, std::unique_ptr<LogOutput> output,
                 LogBuffering buffering)
    : writer_(writer),
      name_(std::move(name)),
      buffering_(buffering),
      block_(std::move(block)),
      output_(std::move(output)) {}

void LogFile::countCut() { writer_.countCut(); }

void LogFile::append(std::string_view line) {
  if (!ring_.push(line)) refuse();
  if (!linked()) writer_.touched(*this);
  if (urged_ || ring_.used() < ring_.capacity() / 2) return;
  urged_ = true;
  writer_.urge();
}

void LogFile::reopen(Fd fd) {
  output_->reopen(std::move(fd));
  writer_.urge();
}

void LogFile::refuse() {
  ++refused_;
  writer_.noteLoss();
}

bool LogFile::endTurn() {
  urged_ = false;
  return ring_.used() >= std::max<size_t>(1, buffering_.hold);
}

LogFile::Losses LogFile::takeLosses() {
  Losses losses{std::exchange(refused_, 0), 0};
  if (lost_.load(std::memory_order_relaxed) == 0) return losses;
  losses.lines += lost_.exchange(0, std::memory_order_relaxed);
  losses.error = error_.load(std::memory_order_relaxed);
  return losses;
}

LogFile::Drained LogFile::drain(Drain what, Instant now) {
  bool closing = closing_.load(std::memory_order_acquire);
  output_->adopt();
  if (std::exchange(inherited_, false)) skipWritten();
  LineRing::Pieces lines = ring_.readable();
  if (lines.size() == 0 && closing) {
    output_->close();
    closed_.store(true, std::memory_order_release);
    return Drained::Closed;
  }
  if (lines.size() == 0 || (!closing && mayWait(what, lines.size(), now))) return Drained::Nothing;
  drained_ = now;
  block_.announce(lines.size(), output_->place());
  LogOutput::Taken taken = output_->write(lines, now);
  ring_.pop(taken.bytes);
  if (taken.lost > 0) {
    error_.store(taken.error, std::memory_order_relaxed);
    lost_.fetch_add(taken.lost, std::memory_order_relaxed);
    writer_.noteLoss();
  }
  return taken.bytes > 0 ? Drained::Wrote : Drained::Blocked;
}

void LogFile::skipWritten() {
  LogBlock::Interrupted interrupted = block_.interrupted();
  if (interrupted.size > 0) ring_.pop(output_->alreadyWritten(interrupted.place, ring_.readable(interrupted.size)));
}

bool LogFile::mayWait(Drain what, size_t size, Instant now) const {
  bool waited_enough = buffering_.flush.count() > 0 && now - drained_ >= buffering_.flush;
  return what == Drain::Due && !waited_enough && size < buffering_.hold;
}

}  // namespace weir
