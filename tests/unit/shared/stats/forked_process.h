// SPDX-License-Identifier: Apache-2.0
#pragma once
// ForkedProcess: a forked process that runs one callable and exits; killed and reaped with this object.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir {

class ForkedProcess {
 public:
  template <class Work>
  explicit ForkedProcess(Work work) : pid_(fork()) {
    if (pid_ != 0) return;
    alarm(30);  // bounds a child whose parent died
    work();
    _exit(0);
  }
  ~ForkedProcess() { kill(); }
  ForkedProcess(const ForkedProcess&) = delete;
  ForkedProcess& operator=(const ForkedProcess&) = delete;

  pid_t pid() const { return pid_; }

  // Whether it ended by itself, and well.
  bool succeeds() {
    wait(0);
    return WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
  }
  // Returns once the child has stopped itself by SIGSTOP.
  bool stops() {
    waitpid(pid_, &status_, WUNTRACED);
    return WIFSTOPPED(status_);
  }
  void resume() { ::kill(pid_, SIGCONT); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait(0);
  }

 private:
  void wait(int options) {
    if (waitpid(pid_, &status_, options) == pid_) pid_ = -1;
  }

  pid_t pid_;
  int status_ = 0;
};

}  // namespace weir
