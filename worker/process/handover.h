// SPDX-License-Identifier: Apache-2.0
#pragma once
// Handover: the child's end of its channel: collects what the master sends of a generation, has it prepared and
// committed, and passes on the other orders. The same for workers and the monitor, at the start and at every reload.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shared/base/fd.h"
#include "shared/config/settings.h"
#include "shared/ipc/channel.h"
#include "worker/event/deadline.h"
#include "worker/event/loop.h"
#include "worker/event/watch.h"

namespace weir {

// Descriptors by their key.
class DescriptorSet {
 public:
  void add(std::string key, Fd fd) { fds_[std::move(key)] = std::move(fd); }
  void clear() { fds_.clear(); }
  // Empty when there is none of that key.
  Fd take(const std::string& key);
  // Any one whose key begins so, and the rest of its key.
  std::optional<std::pair<std::string, Fd>> takeAny(const std::string& prefix);
  // A duplicate; the set keeps its own.
  Fd copy(const std::string& key) const;

 private:
  std::map<std::string, Fd> fds_;
};

class Handover : FdWatch::Owner, Deadline::Owner {
 public:
  // Who uses a generation.
  class Owner {
   public:
    // Builds everything and changes nothing that serves. Wrong settings go to diagnostics.
    virtual void prepare(std::unique_ptr<Settings> settings, DescriptorSet& descriptors, Diagnostics& diagnostics) = 0;
    // What was prepared would rather wait a moment (for names being resolved).
    virtual bool wantsTime() const { return false; }
    // Takes its place; does not fail.
    virtual void commit(DescriptorSet& descriptors) = 0;
    virtual void abandon() = 0;
    virtual void reopenLogs(DescriptorSet& descriptors) = 0;
    // What a dead process left: listening sockets to be emptied, for a worker; log lines, for the monitor.
    virtual void adopt(DescriptorSet& descriptors) = 0;
    // Finish gracefully; report by drained(). Also when the master is gone, and more than once.
    virtual void quit() = 0;
    // Finish now.
    virtual void stop() = 0;

   protected:
    ~Owner() = default;
  };

  Handover(EventLoop& loop, Channel channel, Owner& owner);

  uint64_t generation() const { return generation_; }
  // Of the last order to quit: after that time the process is ended. 0: no limit.
  Milliseconds drainLimit() const { return drain_limit_; }
  // A socket, by its key, that the owner has emptied and closed because it is to serve it no more.
  void released(const std::string& key);
  // Nothing is left to finish.
  void drained();

 private:
  static constexpr Milliseconds kPatience{2000};  // for wantsTime()
  static constexpr Milliseconds kLook{20};
  static constexpr Milliseconds kOrphanLimit{5000};  // for a graceful end without a master

  void onWatched(int fd, bool readable, bool writable) override;
  void onDeadline(Deadline& deadline) override;
  void receiveAll();
  void onMessage(Message& message);
  void onBundle(Message& message);
  void onDescriptors(Message& message);
  void onReopen();
  void onQuit(const Message& message);
  void onPrepare();
  void answerPrepared();
  void onCommit();
  void send(MessageType type, std::string payload = {});
  void masterGone();

  EventLoop& loop_;
  Channel channel_;
  FdWatch watch_;
  Owner& owner_;
  Deadline look_again_;
  Deadline orphan_end_;
  Instant prepared_at_{};
  std::string bundle_;
  DescriptorSet descriptors_;
  bool descriptors_lost_ = false;
  Milliseconds drain_limit_{0};
  std::string problems_;
  uint64_t generation_ = 0;
  bool ok_ = false;
};

}  // namespace weir
