// SPDX-License-Identifier: Apache-2.0
#include "worker/net/stream.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "worker/net/pipe.h"
#include "worker/net/user_timeout.h"

namespace weir {
namespace {

bool mustWait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// The calls of traffic go past libc: there they are cancellation points, which in a process with a thread (the log's)
// costs two atomic operations each time.
ssize_t sendParts(int fd, std::span<const iovec> parts, int flags) {
  if (parts.size() == 1) return ::syscall(SYS_sendto, fd, parts[0].iov_base, parts[0].iov_len, flags, nullptr, 0);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return ::syscall(SYS_sendmsg, fd, &message, flags);
}

ssize_t spliceNow(int from, int to, size_t most) {
  ssize_t moved;
  do moved = ::syscall(SYS_splice, from, nullptr, to, nullptr, most, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
  while (moved < 0 && errno == EINTR);
  return moved;
}

size_t totalOf(std::span<const iovec> parts) {
  size_t total = 0;
  for (const iovec& part : parts) total += part.iov_len;
  return total;
}

}  // namespace

// Of a stream that does not splice.
IoResult Stream::recvInto(Pipe&, size_t) { return {IoStatus::Failed, 0, EOPNOTSUPP}; }
IoResult Stream::sendFrom(Pipe&) { return {IoStatus::Failed, 0, EOPNOTSUPP}; }

IoResult TcpStream::recv(std::span<char> to) {
  ssize_t got;
  do got = ::syscall(SYS_recvfrom, fd(), to.data(), to.size(), 0, nullptr, nullptr);
  while (got < 0 && errno == EINTR);
  if (got > 0) {
    if (static_cast<size_t>(got) < to.size()) ready_.readShort();
    return {IoStatus::Ok, static_cast<size_t>(got)};
  }
  if (got == 0) return {IoStatus::Closed};
  if (!mustWait(errno)) return {IoStatus::Failed, 0, errno};
  ready_.strikeReadable();
  return {IoStatus::Blocked};
}

IoResult TcpStream::send(std::span<const iovec> parts) { return sendWith(parts, MSG_NOSIGNAL); }

IoResult TcpStream::sendMore(std::span<const iovec> parts) { return sendWith(parts, MSG_NOSIGNAL | MSG_MORE); }

IoResult TcpStream::sendWith(std::span<const iovec> parts, int flags) {
  size_t total = totalOf(parts);
  if (nagle_ != Nagle::Off) beforeSend(total, (flags & MSG_MORE) != 0);
  ssize_t sent;
  do sent = sendParts(fd(), parts, flags);
  while (sent < 0 && errno == EINTR);
  return afterSend(sent, total);
}

// Turning it off sends what waits: not between a head and the body that it shall join.
void TcpStream::beforeSend(size_t offered, bool more_follows) {
  constexpr size_t kPacket = 536;  // of any path (RFC 9293 section 3.7.1)
  if (nagle_ == Nagle::Idle && !more_follows && offered <= kPacket) {
    nagle_ = Nagle::On;
    return;
  }
  nagle_ = Nagle::Off;
  int on = 1;
  ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

IoResult TcpStream::sendFile(const FileSlice& slice) {
  if (nagle_ != Nagle::Off) beforeSend(slice.count, false);
  ssize_t sent;
  auto offset = static_cast<off_t>(slice.offset);
  do sent = ::sendfile(fd(), slice.file, &offset, slice.count);
  while (sent < 0 && errno == EINTR);
  // Less than asked for may mean the file's end as well as a full socket: the next call tells which.
  return afterSend(sent, 0);
}

IoResult TcpStream::afterSend(ssize_t sent, size_t offered) {
  if (sent >= 0) {
    // The kernel took less than it was offered: its buffer is full, and an edge will say when it is not.
    if (static_cast<size_t>(sent) < offered) ready_.strikeWritable();
    return {IoStatus::Ok, static_cast<size_t>(sent)};
  }
  if (!mustWait(errno)) {
    // What the other side said before it broke may still be there, and no edge will tell.
    ready_.assumeReadable();
    return {IoStatus::Failed, 0, errno};
  }
  ready_.strikeWritable();
  return {IoStatus::Blocked};
}

IoResult TcpStream::recvInto(Pipe& pipe, size_t most) {
  ssize_t got = spliceNow(fd(), pipe.writeEnd(), most);
  if (got > 0) {
    pipe.produced(static_cast<size_t>(got));
    return {IoStatus::Ok, static_cast<size_t>(got)};
  }
  if (got == 0) return {IoStatus::Closed};
  if (!mustWait(errno)) return {IoStatus::Failed, 0, errno};
  if (pipe.size() == 0) ready_.strikeReadable();
  return {IoStatus::Blocked};
}

IoResult TcpStream::sendFrom(Pipe& pipe) {
  if (nagle_ != Nagle::Off) beforeSend(pipe.size(), false);
  ssize_t sent = spliceNow(pipe.readEnd(), fd(), pipe.size());
  if (sent > 0) {
    pipe.consumed(static_cast<size_t>(sent));
    if (pipe.size() > 0) ready_.strikeWritable();
    return {IoStatus::Ok, static_cast<size_t>(sent)};
  }
  if (sent == 0 || mustWait(errno)) {
    ready_.strikeWritable();
    return {IoStatus::Blocked};
  }
  ready_.assumeReadable();
  return {IoStatus::Failed, 0, errno};
}

void TcpStream::limitUnsent(uint32_t bytes) {
  ::setsockopt(fd(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes, sizeof bytes);
}

void TcpStream::cork(bool on) {
  int value = on ? 1 : 0;
  ::setsockopt(fd(), IPPROTO_TCP, TCP_CORK, &value, sizeof value);
}

void TcpStream::limitUnacknowledged(Milliseconds most) { setUserTimeout(fd(), most); }

void TcpStream::shutdownSend() { ::shutdown(fd(), SHUT_WR); }

void TcpStream::resetOnClose() {
  linger now{1, 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace weir
