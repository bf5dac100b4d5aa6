// SPDX-License-Identifier: Apache-2.0
#include "master/passed_sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <utility>

#include "shared/base/log.h"

namespace weir {
namespace {

constexpr int kFirst = 3;
constexpr int kMost = 1024;

int takeNumber(const char* name) {
  const char* value = getenv(name);
  std::string text = value == nullptr ? "" : value;
  unsetenv(name);
  int number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

int option(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

PassedSockets PassedSockets::fromEnvironment() {
  PassedSockets passed;
  int count = takeNumber("LISTEN_FDS");
  int receiver = takeNumber("LISTEN_PID");
  unsetenv("LISTEN_FDNAMES");
  if (receiver != getpid()) return passed;
  for (int fd = kFirst; fd < kFirst + count && fd < kMost; ++fd) passed.add(Fd(fd));
  return passed;
}

void PassedSockets::add(Fd fd) {
  Address address = Address::local(fd.get());
  bool listens = option(fd.get(), SO_TYPE) == SOCK_STREAM && option(fd.get(), SO_ACCEPTCONN) == 1;
  bool ready = fcntl(fd.get(), F_SETFD, FD_CLOEXEC) == 0 && fcntl(fd.get(), F_SETFL, O_RDWR | O_NONBLOCK) == 0;
  if (!listens || !ready || address.family() == AF_UNSPEC) {
    WEIR_LOG(Warn, "LISTEN_FDS: descriptor {} is no listening stream socket", fd.get());
    return;
  }
  sockets_.insert_or_assign(address.toString(), std::move(fd));
}

Fd PassedSockets::take(const Address& address) {
  auto found = sockets_.find(address.toString());
  if (found == sockets_.end()) return {};
  Fd fd = std::move(found->second);
  sockets_.erase(found);
  return fd;
}

void PassedSockets::warnOfRest() const {
  for (const auto& [address, fd] : sockets_)
    WEIR_LOG(Warn, "LISTEN_FDS: {} is no address of the configuration", address);
}

}  // namespace weir
