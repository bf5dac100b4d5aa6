// SPDX-License-Identifier: Apache-2.0
#pragma once
// Signals: the master's signals as facts to be read, one signalfd. While it lives they interrupt nothing.

#include <poll.h>

#include <vector>

#include "shared/base/fd.h"
#include "shared/base/result.h"

namespace weir {

class Signals {
 public:
  // Blocks the master's signals; they stay blocked when it ends. A forked child has to unblock them.
  static Result<Signals> open();

  // Those that have arrived, each once.
  std::vector<int> take();
  void addTo(std::vector<pollfd>& polled) const { polled.push_back({fd_.get(), POLLIN, 0}); }

 private:
  explicit Signals(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace weir
