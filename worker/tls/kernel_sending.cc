// SPDX-License-Identifier: Apache-2.0
#include "worker/tls/kernel_sending.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

namespace weir {
namespace {

constexpr int kTlsLevel = 282;  // SOL_TLS
constexpr uint8_t kClosed = 7;  // TCP_CLOSE
constexpr Milliseconds kFirstWait{4}, kLongestWait{256};

size_t totalOf(std::span<const iovec> parts) {
  size_t total = 0;
  for (const iovec& part : parts) total += part.iov_len;
  return total;
}

// Bytes that TCP has taken since some beginning: those that the other side has acknowledged, and those on their way.
// Nothing when the connection is over. An acknowledgement between the two questions makes it too small, never too
// large.
std::optional<uint64_t> takenByTcp(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  int on_the_way = 0;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_state == kClosed) return {};
  if (::ioctl(socket, SIOCOUTQ, &on_the_way) != 0) return {};
  return info.tcpi_bytes_acked + static_cast<uint64_t>(on_the_way);
}

}  // namespace

KernelSending::KernelSending(EventLoop& loop, TcpStream& tcp, const KernelKeys& keys)
    : tcp_(tcp),
      again_(loop, *this),
      first_record_(keys.sequence()),
      overhead_(keys.overhead()),
      cipher_(keys.cipher()),
      version_(keys.version()) {}

std::unique_ptr<KernelSending> KernelSending::begin(EventLoop& loop, TcpStream& tcp, const KernelKeys& keys) {
  std::optional<uint64_t> taken = takenByTcp(tcp.fd());
  if (!taken || !keys.install(tcp.fd())) return nullptr;
  std::unique_ptr<KernelSending> begun(new KernelSending(loop, tcp, keys));
  begun->taken_before_ = *taken;
  return begun;
}

IoResult KernelSending::send(std::span<const iovec> parts) {
  if (owes_) return awaitTail(totalOf(parts));
  return report(tcp_.send(parts), totalOf(parts));
}

IoResult KernelSending::sendFile(const FileSlice& slice) {
  if (owes_) return awaitTail(slice.count);
  return report(tcp_.sendFile(slice), slice.count);
}

IoResult KernelSending::report(IoResult result, size_t offered) {
  if (result.status != IoStatus::Ok) return result;
  plain_ += result.bytes;
  if (result.bytes < offered || tail() == Tail::Sent) return result;
  owes_ = true;
  again_.armIn(wait_ = kFirstWait);
  if (result.bytes == 1) return {IoStatus::Blocked};
  return {IoStatus::Ok, result.bytes - 1};
}

// TCP tells when there is room in it, but not when the kernel has made use of it; so the question is asked again.
IoResult KernelSending::awaitTail(size_t offered) {
  switch (tail()) {
    case Tail::Waiting:
      again_.armIn(wait_ = std::min(wait_ * 2, kLongestWait));
      return {IoStatus::Blocked};
    case Tail::Lost:
      return {IoStatus::Failed, 0, ECONNRESET};
    case Tail::Sent:
      break;
  }
  owes_ = false;
  // More was offered: whoever waits for an edge after a short send shall go on, too.
  offered > 1 ? again_.armIn(Milliseconds(0)) : again_.disarm();
  return {IoStatus::Ok, 1};
}

KernelSending::Tail KernelSending::tail() const {
  std::optional<uint64_t> next = KernelKeys::sequenceOn(tcp_.fd(), cipher_, version_);
  std::optional<uint64_t> taken = takenByTcp(tcp_.fd());
  if (!next || !taken) return Tail::Lost;
  uint64_t made = plain_ + (*next - first_record_) * overhead_;
  return *taken - taken_before_ >= made ? Tail::Sent : Tail::Waiting;
}

void KernelSending::sendControl(unsigned char type, std::string_view bytes) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof type)> control{};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = kTlsLevel;
  header->cmsg_type = TLS_SET_RECORD_TYPE;
  header->cmsg_len = CMSG_LEN(sizeof type);
  std::memcpy(CMSG_DATA(header), &type, sizeof type);
  ssize_t sent = ::sendmsg(tcp_.fd(), &message, MSG_NOSIGNAL);
  if (sent > 0) plain_ += static_cast<uint64_t>(sent);
}

}  // namespace weir
