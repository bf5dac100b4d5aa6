// SPDX-License-Identifier: Apache-2.0
#include "master/signals.h"

#include <signal.h>
#include <sys/signalfd.h>

namespace weir {
namespace {

// A terminal that changes its size says so to whoever runs in it; only a process means it.
bool isResize(const signalfd_siginfo& info) { return info.ssi_signo == SIGWINCH && info.ssi_code == SI_KERNEL; }

}  // namespace

Result<Signals> Signals::open() {
  sigset_t set;
  sigemptyset(&set);
  for (int number : {SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD, SIGPIPE, SIGXFSZ})
    sigaddset(&set, number);
  if (sigprocmask(SIG_BLOCK, &set, nullptr) != 0) return systemError("sigprocmask");
  Fd fd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) return systemError("signalfd");
  return Signals(std::move(fd));
}

std::vector<int> Signals::take() {
  std::vector<int> numbers;
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    if (!isResize(info)) numbers.push_back(static_cast<int>(info.ssi_signo));
  return numbers;
}

}  // namespace weir
