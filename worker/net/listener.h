// SPDX-License-Identifier: Apache-2.0
#pragma once
// Listener: one listening address of a worker, and what came in by it, whatever protocol is spoken there. Outlives
// configurations: a reload gives it other ones to go by; one that is no longer configured stops taking, and ends with
// the last of what it has. Owned by the worker or the monitor.

#include <cstddef>
#include <string>
#include <utility>

#include "shared/base/address.h"
#include "shared/base/clock.h"
#include "shared/base/fd.h"

namespace weir {

class Listener {
 public:
  // key: ListenSetting::key(), by which descriptors are found.
  Listener(std::string key, const Address& address) : key_(std::move(key)), address_(address) {}
  virtual ~Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  const std::string& key() const { return key_; }
  const Address& address() const { return address_; }

  // Takes what is queued at another socket of the address, and closes that.
  virtual void adopt(Fd listening) = 0;
  // The listening socket. REQUIRES: not retired
  virtual int socket() const = 0;
  // Takes what is queued, then no more, and closes the listening socket.
  virtual void retire() = 0;
  virtual bool retired() const = 0;
  // Nothing that came in by it is left.
  virtual bool empty() = 0;

  // New connections go elsewhere from now on. Those that were on their way still come; when the time has passed it can
  // retire.
  void leave(Instant until) {
    leaves_at_ = until;
    drain(kIdleGrace);
  }
  void stay() { leaves_at_ = kNever; }
  bool leaving() const { return !retired() && leaves_at_ != kNever; }
  Instant leavesAt() const { return leaves_at_; }

  // How long what is idle may still ask for something when its listener leaves.
  static constexpr Milliseconds kIdleGrace{1000};

  // What is idle ends, at the latest after the grace; what is under way goes on.
  virtual void drain(Milliseconds grace) = 0;
  // What a drain would wait for longest: relays and sessions, which end when somebody else pleases.
  virtual size_t lasting() = 0;
  // Ends up to so many of them, the oldest first.
  virtual void endLasting(size_t count) = 0;
  // After a reload: what lives long lets go of the configuration it began with.
  virtual void releaseRuntime() = 0;

 private:
  std::string key_;
  Address address_;
  Instant leaves_at_ = kNever;
};

}  // namespace weir
