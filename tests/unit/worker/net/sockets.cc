// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/worker/net/sockets.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdlib>

namespace weir {
namespace {

void require(bool so) {
  if (!so) std::abort();
}

}  // namespace

std::pair<Fd, Fd> unixPair() {
  int fds[2];
  require(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
  return {Fd(fds[0]), Fd(fds[1])};
}

std::pair<Fd, Fd> tcpPair() {
  Fd listening = listenOnLoopback();
  Fd client = connectTo(Address::local(listening.get()));
  Fd server(::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  require(static_cast<bool>(server));
  return {std::move(client), std::move(server)};
}

Fd listenOnLoopback(int backlog) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  socklen_t size = Address::parse("127.0.0.1:0")->toSockaddr(storage);
  require(::bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0);
  require(::listen(fd.get(), backlog) == 0);
  return fd;
}

Fd connectTo(const Address& address) {
  Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  socklen_t size = address.toSockaddr(storage);
  int result = ::connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), size);
  require(result == 0 || errno == EINPROGRESS);
  return fd;
}

void setNonBlocking(int fd) { require(::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK) == 0); }

void setBufferSizes(int fd, int bytes) {
  require(::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
  require(::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) == 0);
}

void closeWithReset(Fd fd) {
  linger now{1, 0};
  require(::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0);
}

size_t sendNow(int fd, std::string_view bytes) {
  ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent > 0 ? static_cast<size_t>(sent) : 0;
}

std::string receiveNow(int fd, size_t most) {
  std::string got(most, '\0');
  size_t size = 0;
  for (ssize_t n; size < most && (n = ::recv(fd, got.data() + size, most - size, MSG_DONTWAIT)) > 0;)
    size += static_cast<size_t>(n);
  got.resize(size);
  return got;
}

bool atEnd(int fd) {
  char byte;
  return ::recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

int receiveError(int fd) {
  char byte;
  bool failed = ::recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno != EAGAIN;
  return failed ? errno : 0;
}

int howItEnds(int fd) {
  char bytes[4096];
  ssize_t got;
  do got = ::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
  while (got > 0);
  return got == 0 ? 0 : errno;
}

}  // namespace weir
