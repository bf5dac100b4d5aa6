// SPDX-License-Identifier: Apache-2.0
#include "master/notifier.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "shared/base/log.h"

namespace weir {
namespace {

std::string takeVariable(const char* name) {
  const char* value = getenv(name);
  std::string text = value == nullptr ? "" : value;
  unsetenv(name);
  return text;
}

int64_t number(const std::string& text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : 0;
}

// A status is one line of the message.
std::string oneLine(std::string_view text) { return std::string(text.substr(0, text.find('\n'))); }

}  // namespace

Notifier Notifier::fromEnvironment() {
  Notifier notifier;
  std::string path = takeVariable("NOTIFY_SOCKET");
  std::string watchdog = takeVariable("WATCHDOG_USEC");
  std::string watched = takeVariable("WATCHDOG_PID");
  if (path.empty()) return notifier;
  if ((path[0] != '/' && path[0] != '@') || path.size() >= sizeof sockaddr_un{}.sun_path) {
    WEIR_LOG(Warn, "NOTIFY_SOCKET={} is no address of a socket", path);
    return notifier;
  }
  if (path[0] == '@') path[0] = '\0';
  notifier.fd_.reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  notifier.address_ = std::move(path);
  // Twice in the time that the manager waits, as it asks for.
  if (watched.empty() || number(watched) == getpid()) notifier.alive_every_ = Microseconds(number(watchdog) / 2);
  if (notifier.alive_every_.count() > 0) notifier.next_alive_ = Instant{};
  return notifier;
}

void Notifier::ready(std::string_view status) const {
  send(fmt::format("READY=1\nMAINPID={}\nSTATUS={}", getpid(), oneLine(status)));
}

void Notifier::reloading(Instant now, std::string_view status) const {
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS={}", now.time_since_epoch().count(), oneLine(status)));
}

void Notifier::stopping(std::string_view status) const { send(fmt::format("STOPPING=1\nSTATUS={}", oneLine(status))); }

void Notifier::status(std::string_view text) const { send("STATUS=" + oneLine(text)); }

void Notifier::alive(Instant now) {
  if (now < next_alive_) return;
  next_alive_ = now + alive_every_;
  send("WATCHDOG=1");
}

void Notifier::send(std::string_view message) const {
  if (!fd_) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(address_.begin(), address_.end(), address.sun_path);
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ssize_t sent = sendto(fd_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                        reinterpret_cast<sockaddr*>(&address), size);
  if (sent < 0) WEIR_LOG(Warn, "cannot tell the service manager \"{}\": {}", oneLine(message), std::strerror(errno));
}

}  // namespace weir
