// SPDX-License-Identifier: Apache-2.0
#pragma once
// Daemon: `daemon = on`. The process that was started goes on in the background; the one that the shell waits for ends
// when that serves, with 0, or when that has failed, with 1 after its messages.

#include "shared/base/fd.h"
#include "shared/base/result.h"

namespace weir {

// Opens what is closed of stdin, stdout and stderr on /dev/null, so that no socket gets their number.
void openStandardStreams();

class Daemon {
 public:
  // Stays in the foreground.
  Daemon() = default;
  // Returns in the background process only; the other exits here.
  static Result<Daemon> detach();

  Daemon(Daemon&&) noexcept = default;
  Daemon& operator=(Daemon&&) noexcept = default;

  // Lets the shell go on, and leaves the terminal.
  void serves();

 private:
  explicit Daemon(Fd report) : report_(std::move(report)) {}

  Fd report_;  // a pipe: a byte means that it serves, an end without one that it failed
};

}  // namespace weir
