// SPDX-License-Identifier: Apache-2.0
#pragma once
// Notifier: tells the service manager how the master does, by systemd's protocol (sd_notify(3), NOTIFY_SOCKET). Without
// a service manager it is silent. Sending never blocks.

#include <string>
#include <string_view>

#include "shared/base/clock.h"
#include "shared/base/fd.h"

namespace weir {

class Notifier {
 public:
  // Nobody listens.
  Notifier() = default;
  // Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that no child speaks for the master.
  static Notifier fromEnvironment();

  // It serves: after the start, and after each reload, whatever became of that.
  void ready(std::string_view status) const;
  void reloading(Instant now, std::string_view status) const;
  void stopping(std::string_view status) const;
  // Beside these: a line for whoever asks for the service's status.
  void status(std::string_view text) const;
  // Once in each turn; tells when it is time that the master's loop turns.
  void alive(Instant now);
  // When alive() has to be called at the latest; kNever when nobody watches.
  Instant nextDeadline() const { return next_alive_; }

 private:
  void send(std::string_view message) const;

  Fd fd_;
  std::string address_;  // of the manager's socket; its first byte is NUL when it is an abstract one
  Microseconds alive_every_{};
  Instant next_alive_ = kNever;
};

}  // namespace weir
