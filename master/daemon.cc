// SPDX-License-Identifier: Apache-2.0
#include "master/daemon.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace weir {
namespace {

[[noreturn]] void waitForReport(int fd) {
  char byte;
  ssize_t got;
  do got = read(fd, &byte, 1);
  while (got < 0 && errno == EINTR);
  _exit(got == 1 ? 0 : 1);
}

Result<void> redirect(int stream) {
  Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null || dup2(null.get(), stream) < 0) return systemError("open /dev/null");
  return {};
}

// In a new session and not its leader: no terminal can become the controlling one.
Result<void> leaveSession() {
  if (setsid() < 0) return systemError("setsid");
  pid_t pid = fork();
  if (pid < 0) return systemError("fork");
  if (pid > 0) _exit(0);
  return {};
}

}  // namespace

void openStandardStreams() {
  int fd;
  do fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) close(fd);
}

Result<Daemon> Daemon::detach() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return systemError("pipe");
  Fd reader(ends[0]);
  Fd writer(ends[1]);
  pid_t pid = fork();
  if (pid < 0) return systemError("fork");
  if (pid > 0) {
    writer.reset();
    waitForReport(reader.get());
  }
  if (auto left = leaveSession(); !left) return left.error();
  if (auto silent = redirect(STDIN_FILENO); !silent) return silent.error();
  return Daemon(std::move(writer));
}

void Daemon::serves() {
  if (!report_) return;
  // Messages of the start went to the terminal; whoever logs to stderr in the background chose not to be heard.
  [[maybe_unused]] auto out = redirect(STDOUT_FILENO);
  [[maybe_unused]] auto err = redirect(STDERR_FILENO);
  [[maybe_unused]] auto written = write(report_.get(), "", 1);
  report_.reset();
}

}  // namespace weir
