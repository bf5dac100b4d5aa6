// SPDX-License-Identifier: Apache-2.0
#include "worker/net/datagram_batch.h"

#include <netinet/in.h>

#include <cerrno>
#include <cstring>

namespace weir {
namespace {

template <class Info>
const Info* infoIn(const msghdr& header, int level, int type) {
  auto& mutable_header = const_cast<msghdr&>(header);
  for (cmsghdr* each = CMSG_FIRSTHDR(&mutable_header); each != nullptr; each = CMSG_NXTHDR(&mutable_header, each))
    if (each->cmsg_level == level && each->cmsg_type == type) return reinterpret_cast<const Info*>(CMSG_DATA(each));
  return nullptr;
}

template <class Info>
void putInfo(msghdr& header, void* room, int level, int type, const Info& info) {
  header.msg_control = room;
  header.msg_controllen = CMSG_SPACE(sizeof info);
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(control), &info, sizeof info);
}

Address addressOf(const in_addr& ip) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr = ip;
  return Address::fromSockaddr(reinterpret_cast<sockaddr*>(&in), sizeof in);
}

Address addressOf(const in6_addr& ip) {
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  in6.sin6_addr = ip;
  return Address::fromSockaddr(reinterpret_cast<sockaddr*>(&in6), sizeof in6);
}

}  // namespace

// Not zeroed: pages that no datagram reaches are never there.
DatagramBatch::DatagramBatch() : memory_(new char[kMost * kSlot]) {}

void DatagramBatch::prepare(size_t i, Names names) {
  parts_[i] = {slot(i), kSlot};
  msghdr& header = headers_[i].msg_hdr;
  header = {};
  header.msg_iov = &parts_[i];
  header.msg_iovlen = 1;
  if (names == Names::Unknown) return;
  header.msg_name = &names_[i];
  header.msg_namelen = sizeof names_[i];
  header.msg_control = controls_[i].bytes;
  header.msg_controllen = kControl;
}

DatagramBatch::Received DatagramBatch::receive(int fd, Names names) {
  for (size_t i = size_; i < kMost; ++i) prepare(i, names);
  auto room = static_cast<unsigned>(kMost - size_);
  int got;
  do got = ::recvmmsg(fd, headers_.data() + size_, room, MSG_DONTWAIT, nullptr);
  while (got < 0 && errno == EINTR);
  if (got < 0) return {0, errno == EAGAIN || errno == EWOULDBLOCK, errno};
  size_ += static_cast<size_t>(got);
  // Fewer than there was room for: the call went on until there was none, or stopped at an error that comes next.
  return {static_cast<size_t>(got), static_cast<unsigned>(got) < room, 0};
}

Address DatagramBatch::local(size_t i) const {
  const msghdr& header = headers_[i].msg_hdr;
  if (const auto* four = infoIn<in_pktinfo>(header, IPPROTO_IP, IP_PKTINFO)) return addressOf(four->ipi_addr);
  if (const auto* six = infoIn<in6_pktinfo>(header, IPPROTO_IPV6, IPV6_PKTINFO)) return addressOf(six->ipi6_addr);
  return {};
}

void DatagramBatch::direct(size_t i, const sockaddr_storage& to, socklen_t size, const Address& local) {
  msghdr& header = headers_[i].msg_hdr;
  std::memcpy(&names_[i], &to, size);
  header.msg_name = &names_[i];
  header.msg_namelen = size;
  header.msg_control = nullptr;
  header.msg_controllen = 0;
  if (local.family() == AF_INET) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, local.bytes().data(), sizeof info.ipi_spec_dst);
    putInfo(header, controls_[i].bytes, IPPROTO_IP, IP_PKTINFO, info);
  } else if (local.family() == AF_INET6) {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, local.bytes().data(), sizeof info.ipi6_addr);
    putInfo(header, controls_[i].bytes, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

DatagramBatch::Sent DatagramBatch::send(int fd, size_t first, size_t last, Names names) {
  for (size_t i = first; i < last; ++i) {
    parts_[i].iov_len = headers_[i].msg_len;
    msghdr& header = headers_[i].msg_hdr;
    header.msg_flags = 0;
    if (names == Names::Known) continue;
    header.msg_name = nullptr;
    header.msg_namelen = 0;
    header.msg_control = nullptr;
    header.msg_controllen = 0;
  }
  int sent;
  // sendmmsg() overwrites msg_len with what it sent, which for a datagram is all of it.
  do sent = ::sendmmsg(fd, headers_.data() + first, static_cast<unsigned>(last - first), MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) return {0, errno};
  return {static_cast<size_t>(sent), 0};
}

int DatagramBatch::sendJoined(int fd, std::string_view head, std::string_view body) {
  std::array<iovec, 2> parts{
      {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  return ::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

}  // namespace weir
