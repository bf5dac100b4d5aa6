// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/control.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>

namespace weir::control {
namespace {

constexpr int kBacklog = 16;
constexpr mode_t kSocketMode = 0600;

// sun_path holds 107 bytes; a path through an open descriptor of its folder is short, wherever the folder is.
struct ShortPath {
  Fd folder;
  sockaddr_un address{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

Result<ShortPath> shorten(const std::string& path) {
  auto slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  ShortPath result;
  result.folder = Fd(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!result.folder) return systemError("open folder " + folder);
  std::string text = "/proc/self/fd/" + std::to_string(result.folder.get()) + "/" + path.substr(slash + 1);
  if (text.size() >= sizeof result.address.sun_path) return Error{ENAMETOOLONG, path};
  result.address.sun_family = AF_UNIX;
  text.copy(result.address.sun_path, text.size());
  result.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size() + 1);
  return result;
}

Result<void> sendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) return systemError("send to the master");
    if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Result<std::string> receiveAll(int fd) {
  std::string bytes;
  char chunk[4096];
  for (;;) {
    ssize_t got = recv(fd, chunk, sizeof chunk, 0);
    if (got == 0 || bytes.size() > kMaxAnswer) return bytes;
    if (got < 0 && errno != EINTR) return systemError("wait for the master's answer");
    if (got > 0) bytes.append(chunk, static_cast<size_t>(got));
  }
}

}  // namespace

std::string socketPath(const std::string& pid_path) { return pid_path + ".sock"; }

Result<Fd> listenAt(const std::string& path) {
  auto place = shorten(path);
  if (!place) return place.error();
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return systemError("socket " + path);
  unlink(path.c_str());
  // On Linux the file gets the mode of the socket: nobody can connect before it is narrowed.
  if (fchmod(fd.get(), kSocketMode) != 0 || bind(fd.get(), place->get(), place->size) != 0 ||
      listen(fd.get(), kBacklog) != 0)
    return systemError("bind unix:" + path);
  return fd;
}

Result<Fd> connectTo(const std::string& path, int timeout_seconds) {
  auto place = shorten(path);
  if (!place) return place.error();
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return systemError("socket " + path);
  timeval limit{timeout_seconds, 0};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd.get(), place->get(), place->size) != 0) return systemError("connect to unix:" + path);
  return fd;
}

std::string encode(const Answer& answer) { return (answer.ok ? "ok\n" : "failed\n") + answer.text; }

std::optional<Answer> decode(std::string_view bytes) {
  auto end = bytes.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  auto word = bytes.substr(0, end);
  if (word != "ok" && word != "failed") return std::nullopt;
  return Answer{word == "ok", std::string(bytes.substr(end + 1))};
}

Result<Answer> ask(int fd, std::string_view command) {
  if (auto sent = sendAll(fd, std::string(command) + "\n"); !sent) return sent.error();
  auto bytes = receiveAll(fd);
  if (!bytes) return bytes.error();
  auto answer = decode(bytes.value());
  if (!answer) return Error{0, "the master ended before it answered"};
  return std::move(*answer);
}

}  // namespace weir::control
