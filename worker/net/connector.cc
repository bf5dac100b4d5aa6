// SPDX-License-Identifier: Apache-2.0
#include "worker/net/connector.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace weir {
namespace {

Cause causeOf(int error) {
  switch (error) {
    case ECONNREFUSED:
      return Cause::ConnectRefused;
    case ETIMEDOUT:
      return Cause::ConnectTimeout;
    case EMFILE:
    case ENFILE:
      return Cause::OutOfDescriptors;
    default:
      return Cause::ConnectFailed;
  }
}

void setOption(int fd, int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); }

bool bindSource(int fd, const Address& source) {
  sockaddr_storage storage;
  socklen_t size = source.toSockaddr(storage);
  // The port is chosen at connect, so that one source address serves more than 64k connections (ip(7)).
  if (!source.isUnix()) setOption(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  return ::bind(fd, reinterpret_cast<sockaddr*>(&storage), size) == 0;
}

// A non-blocking socket on its way to the address; errno says why when the result is empty.
Fd beginConnect(const Address& to, const ConnectOptions& options) {
  Fd fd(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return {};
  if (options.keepalive) setOption(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  if (options.bind && !bindSource(fd.get(), *options.bind)) return {};
  sockaddr_storage storage;
  socklen_t size = to.toSockaddr(storage);
  int error = ::connect(fd.get(), reinterpret_cast<sockaddr*>(&storage), size) == 0 ? 0 : errno;
  if (error != 0 && error != EINPROGRESS) {
    fd.reset();
    errno = error;
  }
  return fd;
}

int pendingError(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

void Connector::start(const Address& to, const ConnectOptions& options) {
  Fd fd = beginConnect(to, options);
  if (!fd) {
    early_ = {causeOf(errno), errno};
    return loop_.post(*this);
  }
  stream_ = std::make_unique<TcpStream>(loop_, std::move(fd));
  if (!to.isUnix()) stream_->disableNagleWhenItMatters();
  stream_->setListener(this);
  deadline_.armIn(options.timeout);
}

void Connector::cancel() {
  stream_.reset();
  deadline_.disarm();
  unlink();
}

void Connector::onReady() {
  // Writable and nothing else is success; only an error or early data (readable too) needs the question.
  if (!stream_->writable()) return;
  int error = stream_->readable() ? pendingError(stream_->fd()) : 0;
  if (error != 0) return fail({causeOf(error), error});
  deadline_.disarm();
  stream_->setListener(nullptr);
  owner_.onConnected(std::move(stream_));
}

void Connector::onDeadline(Deadline&) { fail({Cause::ConnectTimeout, ETIMEDOUT}); }

void Connector::run() { owner_.onConnectFailed(std::exchange(early_, {})); }

void Connector::fail(Failure failure) {
  deadline_.disarm();
  stream_->setListener(nullptr);
  loop_.retire(std::move(stream_));
  owner_.onConnectFailed(failure);
}

}  // namespace weir
