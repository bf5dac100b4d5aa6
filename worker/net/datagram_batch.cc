// SPDX-License-Identifier: Apache-2.0
#include "worker/net/datagram_batch.h"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>

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
  auto* control = reinterpret_cast<cmsghdr*>(static_cast<char*>(room) + header.msg_controllen);
  header.msg_control = room;
  header.msg_controllen += CMSG_SPACE(sizeof info);
  control->cmsg_level = level;
  control->cmsg_type = type;
  control->cmsg_len = CMSG_LEN(sizeof info);
  std::memcpy(CMSG_DATA(control), &info, sizeof info);
}

void putLocal(msghdr& header, void* room, const Address& local) {
  if (local.family() == AF_INET) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, local.bytes().data(), sizeof info.ipi_spec_dst);
    putInfo(header, room, IPPROTO_IP, IP_PKTINFO, info);
  } else if (local.family() == AF_INET6) {
    in6_pktinfo info{};
    std::memcpy(&info.ipi6_addr, local.bytes().data(), sizeof info.ipi6_addr);
    putInfo(header, room, IPPROTO_IPV6, IPV6_PKTINFO, info);
  }
}

// What the kernel says of a train that it will not send as one: too long for the way, or the device cannot.
bool isOfTrains(int os_error) { return os_error == EINVAL || os_error == EMSGSIZE || os_error == EIO; }

constexpr size_t kLongestTrain = 64;      // UDP_MAX_SEGMENTS of older kernels
constexpr size_t kLargestTrain = 65'000;  // with headers less than an IP packet
constexpr size_t kShortestTrain = 2;      // datagrams
constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;

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

// What a call changes of it.
void DatagramBatch::prepare(size_t i) {
  msghdr& header = headers_[i].msg_hdr;
  header.msg_iov = &parts_[i];
  header.msg_iovlen = 1;
  header.msg_name = &names_[i];
  header.msg_namelen = sizeof names_[i];
  header.msg_control = controls_[i].bytes;
  header.msg_controllen = kControl;
  parts_[i] = {slot(i), kSlot};
}

void DatagramBatch::allowTrains(int fd) {
  int on = 1;
  ::setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on);  // an older kernel does without
}

DatagramBatch::Received DatagramBatch::receive(int fd) {
  for (size_t i = size_; i < dirty_; ++i) prepare(i);
  dirty_ = std::min(dirty_, size_);
  auto room = static_cast<unsigned>(kMost - size_);
  int got;
  do got = ::recvmmsg(fd, headers_.data() + size_, room, MSG_DONTWAIT, nullptr);
  while (got < 0 && errno == EINTR);
  if (got < 0) return {0, errno == EAGAIN || errno == EWOULDBLOCK, errno};
  for (size_t i = size_; i < size_ + static_cast<size_t>(got); ++i) {
    const auto* segment = infoIn<int>(headers_[i].msg_hdr, SOL_UDP, UDP_GRO);
    bool train = segment != nullptr && *segment > 0 && static_cast<unsigned>(*segment) < headers_[i].msg_len;
    segments_[i] = train ? static_cast<uint16_t>(*segment) : 0;
  }
  size_ += static_cast<size_t>(got);
  dirty_ = std::max(dirty_, size_);
  // Fewer than there was room for: the call went on until there was none, or stopped at an error that comes next.
  return {static_cast<size_t>(got), static_cast<unsigned>(got) < room, 0};
}

size_t DatagramBatch::datagrams(size_t first, size_t last) const {
  size_t count = 0;
  for (size_t i = first; i < last; ++i) count += datagrams(i);
  return count;
}

Address DatagramBatch::local(size_t i) const {
  const msghdr& header = headers_[i].msg_hdr;
  if (const auto* four = infoIn<in_pktinfo>(header, IPPROTO_IP, IP_PKTINFO)) return addressOf(four->ipi_addr);
  if (const auto* six = infoIn<in6_pktinfo>(header, IPPROTO_IPV6, IPV6_PKTINFO)) return addressOf(six->ipi6_addr);
  return {};
}

// Of one size, the last one may be shorter. What came as a train leaves as it came.
size_t DatagramBatch::trainFrom(size_t first, size_t last) const {
  size_t size = headers_[first].msg_len, total = size, end = first + 1;
  if (segments_[first] != 0 || size == 0) return 1;
  for (; end < last && end - first < kLongestTrain && segments_[end] == 0; ++end) {
    size_t next = headers_[end].msg_len;
    if (next == 0 || next > size || total + next > kLargestTrain) break;
    total += next;
    if (next < size) return end + 1 - first;
  }
  return end - first;
}

// segment: the size of a train's datagrams; 0: it is none.
void DatagramBatch::address(size_t message, size_t segment, const Destination* to) {
  msghdr& header = out_[message].msg_hdr;
  header.msg_name = to == nullptr ? nullptr : const_cast<sockaddr_storage*>(&to->to);
  header.msg_namelen = to == nullptr ? 0 : to->size;
  header.msg_control = nullptr;
  header.msg_controllen = 0;
  header.msg_flags = 0;
  if (to != nullptr) putLocal(header, out_controls_[message].bytes, to->local);
  if (segment > 0) putInfo(header, out_controls_[message].bytes, SOL_UDP, UDP_SEGMENT, static_cast<uint16_t>(segment));
}

DatagramBatch::Sent DatagramBatch::send(int fd, size_t first, size_t last, const Destination* to) {
  if (to == nullptr && last - first == 1 && segments_[first] == 0) {
    ssize_t sent;
    do sent = ::send(fd, slot(first), headers_[first].msg_len, kFlags);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? Sent{0, errno} : Sent{1, 0};
  }
  unsigned messages = 0;
  std::array<uint8_t, kMost> entries;  // of each message
  for (size_t i = first; i < last; ++messages) {
    size_t train = trainFrom(i, last);
    if (train < kShortestTrain) train = 1;
    msghdr& header = out_[messages].msg_hdr;
    header.msg_iov = &out_parts_[i];
    header.msg_iovlen = train;
    address(messages, train > 1 ? headers_[i].msg_len : segments_[i], to);
    entries[messages] = static_cast<uint8_t>(train);
    for (size_t end = i + train; i < end; ++i) out_parts_[i] = {slot(i), headers_[i].msg_len};
  }
  int sent;
  do sent = ::sendmmsg(fd, out_.data(), messages, kFlags);
  while (sent < 0 && errno == EINTR);
  bool was_train = sent < 0 && out_[0].msg_hdr.msg_iovlen + (segments_[first] != 0) > 1;
  if (was_train && isOfTrains(errno)) return sendOneByOne(fd, first, to);
  if (sent < 0) return {0, errno};
  Sent all;
  for (int i = 0; i < sent; ++i) all.count += entries[static_cast<size_t>(i)];
  return all;
}

// The datagrams of one entry, without the kernel's help.
DatagramBatch::Sent DatagramBatch::sendOneByOne(int fd, size_t entry, const Destination* to) {
  std::string_view rest = bytes(entry);
  size_t size = segments_[entry] == 0 ? rest.size() : segments_[entry];
  address(0, 0, to);
  msghdr& header = out_[0].msg_hdr;
  header.msg_iovlen = 1;
  do {
    out_parts_[0] = {const_cast<char*>(rest.data()), std::min(size, rest.size())};
    header.msg_iov = out_parts_.data();
    if (::sendmsg(fd, &header, kFlags) < 0) return {0, errno};
    rest.remove_prefix(std::min(size, rest.size()));
  } while (!rest.empty());
  return {1, 0};
}

int DatagramBatch::sendJoined(int fd, std::string_view head, std::string_view body) {
  std::array<iovec, 2> parts{
      {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
  msghdr header{};
  header.msg_iov = parts.data();
  header.msg_iovlen = parts.size();
  return ::sendmsg(fd, &header, kFlags) < 0 ? errno : 0;
}

}  // namespace weir
