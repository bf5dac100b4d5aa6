// SPDX-License-Identifier: Apache-2.0
#include "shared/ipc/channel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cstdlib>
#include <cstring>

namespace weir {
namespace {

// In front of each payload. Both ends are the same binary, or a fork of it: no byte order, no version.
struct Header {
  uint64_t generation;
  uint64_t type;
};

constexpr size_t kMaxMessage = sizeof(Header) + Channel::kMaxPayload;

struct ControlBuffer {
  alignas(cmsghdr) char bytes[CMSG_SPACE(Channel::kMaxDescriptors * sizeof(int))];
};

std::string encode(MessageType type, uint64_t generation, std::string_view payload) {
  Header header{generation, static_cast<uint64_t>(type)};
  std::string bytes(sizeof header + payload.size(), '\0');
  std::memcpy(bytes.data(), &header, sizeof header);
  payload.copy(bytes.data() + sizeof header, payload.size());
  return bytes;
}

bool decode(std::string_view bytes, Message& message) {
  Header header;
  if (bytes.size() < sizeof header) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.type >= static_cast<uint64_t>(MessageType::kCount)) return false;
  message.type = static_cast<MessageType>(header.type);
  message.generation = header.generation;
  message.payload = bytes.substr(sizeof header);
  return true;
}

void attach(msghdr& header, ControlBuffer& control, const std::vector<int>& descriptors) {
  if (descriptors.empty()) return;
  size_t size = descriptors.size() * sizeof(int);
  header.msg_control = control.bytes;
  header.msg_controllen = CMSG_SPACE(size);
  cmsghdr* rights = CMSG_FIRSTHDR(&header);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(size);
  std::memcpy(CMSG_DATA(rights), descriptors.data(), size);
}

std::vector<Fd> detach(msghdr& header) {
  std::vector<Fd> descriptors;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part) + i * sizeof fd, sizeof fd);
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

bool wouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS; }

std::vector<int> numbers(const std::vector<Fd>& descriptors) {
  std::vector<int> result;
  for (const Fd& fd : descriptors) result.push_back(fd.get());
  return result;
}

}  // namespace

Result<std::pair<Channel, Channel>> Channel::pair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
    return systemError("socketpair");
  return std::pair(Channel(Fd(ends[0])), Channel(Fd(ends[1])));
}

void Channel::close() {
  fd_.reset();
  queue_.clear();
}

Result<void> Channel::send(MessageType type, uint64_t generation, std::string payload,
                           const std::vector<int>& descriptors) {
  if (payload.size() > kMaxPayload || descriptors.size() > kMaxDescriptors) std::abort();
  std::string bytes = encode(type, generation, payload);
  if (wantsWrite()) return enqueue(std::move(bytes), descriptors);
  auto sent = trySend(bytes, descriptors);
  if (!sent) return sent.error();
  if (sent.value()) return {};
  return enqueue(std::move(bytes), descriptors);
}

Result<void> Channel::flush() {
  while (!queue_.empty()) {
    auto sent = trySend(queue_.front().bytes, numbers(queue_.front().descriptors));
    if (!sent) return sent.error();
    if (!sent.value()) return {};
    queue_.pop_front();
  }
  return {};
}

Result<std::optional<Message>> Channel::receive() {
  std::string bytes(kMaxMessage, '\0');
  ControlBuffer control;
  iovec part{bytes.data(), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.bytes;
  header.msg_controllen = sizeof control.bytes;
  ssize_t size = recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC);
  if (size < 0 && (wouldBlock(errno) || errno == EINTR)) return std::optional<Message>();
  if (size < 0) return systemError("receive from channel");
  Message message;
  message.descriptors = detach(header);  // first of all: they are ours to close, whatever is wrong with the rest
  if (size == 0) return Error{0, "the other end of the channel is closed"};
  message.complete = (header.msg_flags & MSG_CTRUNC) == 0;
  bool whole = (header.msg_flags & MSG_TRUNC) == 0;
  if (!whole || !decode({bytes.data(), static_cast<size_t>(size)}, message))
    return Error{EBADMSG, "receive from channel"};
  return std::optional(std::move(message));
}

// False when the socket is full.
Result<bool> Channel::trySend(const std::string& bytes, const std::vector<int>& descriptors) {
  ControlBuffer control{};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  attach(header, control, descriptors);
  ssize_t sent;
  do sent = sendmsg(fd_.get(), &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent >= 0) return true;
  if (wouldBlock(errno)) return false;
  return systemError("send to channel");
}

Result<void> Channel::enqueue(std::string bytes, const std::vector<int>& descriptors) {
  if (queue_.size() >= kMaxQueued) return Error{ENOBUFS, "send to channel"};
  Queued queued{std::move(bytes), {}};
  for (int fd : descriptors) {
    queued.descriptors.emplace_back(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!queued.descriptors.back()) return systemError("send to channel");
  }
  queue_.push_back(std::move(queued));
  return {};
}

std::string joinKeys(const std::vector<std::string>& keys) {
  std::string payload;
  for (const std::string& key : keys) payload.append(key).push_back('\0');
  return payload;
}

std::vector<std::string> splitKeys(std::string_view payload) {
  std::vector<std::string> keys;
  for (size_t end; (end = payload.find('\0')) != std::string_view::npos; payload.remove_prefix(end + 1))
    keys.emplace_back(payload.substr(0, end));
  return keys;
}

std::string preparedPayload(bool ok, std::string_view text) {
  std::string payload(1, ok ? '\1' : '\0');
  return payload.append(text.substr(0, Channel::kMaxPayload - 1));
}

PreparedAnswer readPrepared(std::string_view payload) {
  if (payload.empty()) return {};
  return {payload[0] == '\1', std::string(payload.substr(1))};
}

}  // namespace weir
