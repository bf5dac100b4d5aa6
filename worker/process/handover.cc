// SPDX-License-Identifier: Apache-2.0
#include "worker/process/handover.h"

#include <fcntl.h>

#include <charconv>
#include <utility>

#include "shared/base/log.h"
#include "shared/config/bundle.h"
#include "shared/ipc/sealed.h"

namespace weir {

Fd DescriptorSet::take(const std::string& key) {
  auto found = fds_.find(key);
  return found == fds_.end() ? Fd() : std::move(found->second);
}

std::optional<std::pair<std::string, Fd>> DescriptorSet::takeAny(const std::string& prefix) {
  auto found = fds_.lower_bound(prefix);
  if (found == fds_.end() || !found->first.starts_with(prefix)) return std::nullopt;
  auto taken = fds_.extract(found);
  return std::pair(taken.key().substr(prefix.size()), std::move(taken.mapped()));
}

Fd DescriptorSet::copy(const std::string& key) const {
  auto found = fds_.find(key);
  return found == fds_.end() ? Fd() : Fd(::fcntl(found->second.get(), F_DUPFD_CLOEXEC, 3));
}

Handover::Handover(EventLoop& loop, Channel channel, Owner& owner)
    : loop_(loop),
      channel_(std::move(channel)),
      watch_(loop, channel_.fd(), *this),
      owner_(owner),
      look_again_(loop, *this),
      orphan_end_(loop, *this) {
  watch_.want(true, false);
}

void Handover::onWatched(int, bool readable, bool writable) {
  if (writable && !channel_.flush()) return masterGone();
  if (readable) receiveAll();
  if (channel_.isOpen()) watch_.want(true, channel_.wantsWrite());
}

void Handover::receiveAll() {
  while (channel_.isOpen() && !loop_.stopped()) {
    auto message = channel_.receive();
    if (!message) return masterGone();
    if (!*message) return;
    onMessage(**message);
  }
}

void Handover::onMessage(Message& message) {
  switch (message.type) {
    case MessageType::Bundle:
      return onBundle(message);
    case MessageType::Descriptors:
      return onDescriptors(message);
    case MessageType::Prepare:
      return onPrepare();
    case MessageType::Commit:
      return onCommit();
    case MessageType::Abort:
      look_again_.disarm();
      owner_.abandon();
      return descriptors_.clear();
    case MessageType::Reopen:
      return onReopen();
    case MessageType::Adopt:
      return owner_.adopt(descriptors_);
    case MessageType::Quit:
      return onQuit(message);
    case MessageType::Stop:
      return owner_.stop();
    default:
      WEIR_LOG(Alert, "unexpected message {} from the master", static_cast<int>(message.type));
  }
}

void Handover::onBundle(Message& message) {
  generation_ = message.generation;
  descriptors_.clear();
  descriptors_lost_ = !message.complete;
  bundle_.clear();
  if (message.descriptors.empty()) return;
  auto bytes = readSealed(message.descriptors[0].get());
  if (bytes)
    bundle_ = std::move(bytes).value();
  else
    WEIR_LOG(Alert, "bundle: {}", bytes.error().message());
}

void Handover::onDescriptors(Message& message) {
  descriptors_lost_ = descriptors_lost_ || !message.complete;
  std::vector<std::string> keys = splitKeys(message.payload);
  for (size_t i = 0; i < keys.size() && i < message.descriptors.size(); ++i)
    descriptors_.add(std::move(keys[i]), std::move(message.descriptors[i]));
}

void Handover::onReopen() {
  if (std::exchange(descriptors_lost_, false))
    WEIR_LOG(Error, "too few descriptors (worker_rlimit_nofile): the logs are not reopened");
  else
    owner_.reopenLogs(descriptors_);
  descriptors_.clear();
}

void Handover::onQuit(const Message& message) {
  const std::string& text = message.payload;
  int64_t limit = 0;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  drain_limit_ = Milliseconds(limit);
  owner_.quit();
}

void Handover::onPrepare() {
  Diagnostics diagnostics;
  auto bundle = Bundle::deserialize(std::exchange(bundle_, {}));
  if (descriptors_lost_) {
    diagnostics.error({}, "a process has too few descriptors to take the configuration (worker_rlimit_nofile)");
  } else if (!bundle) {
    diagnostics.error({}, "the configuration did not arrive whole");
  } else {
    auto settings = parseBundle(*bundle, diagnostics);
    if (!diagnostics.hasErrors()) owner_.prepare(std::move(settings), descriptors_, diagnostics);
  }
  ok_ = !diagnostics.hasErrors();
  problems_ = diagnostics.formatAll();
  prepared_at_ = loop_.now();
  answerPrepared();
}

void Handover::answerPrepared() {
  if (ok_ && owner_.wantsTime() && loop_.now() - prepared_at_ < kPatience) return look_again_.armIn(kLook);
  if (!ok_) owner_.abandon();
  send(MessageType::Prepared, preparedPayload(ok_, problems_));
}

void Handover::onCommit() {
  owner_.commit(descriptors_);
  descriptors_.clear();
  send(MessageType::Committed);
}

void Handover::released(const std::string& key) { send(MessageType::Released, key); }

void Handover::drained() { send(MessageType::Drained); }

void Handover::send(MessageType type, std::string payload) {
  if (!channel_.isOpen()) return;
  if (!channel_.send(type, generation_, std::move(payload))) return masterGone();
  watch_.want(true, channel_.wantsWrite());
}

void Handover::onDeadline(Deadline& deadline) { &deadline == &orphan_end_ ? owner_.stop() : answerPrepared(); }

// The listeners close at once, out of a new master's way; answers that are on their way get a few seconds.
void Handover::masterGone() {
  if (orphan_end_.armed()) return;
  WEIR_LOG(Alert, "the master is gone: ending");
  look_again_.disarm();
  watch_.want(false, false);
  channel_.close();
  orphan_end_.armIn(kOrphanLimit);
  owner_.quit();
}

}  // namespace weir
