// SPDX-License-Identifier: Apache-2.0
#include "worker/monitor/accept_queues.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "shared/base/address.h"
#include "shared/base/fd.h"

namespace weir {
namespace {

// Datagrams of one answer; each holds some two hundred sockets.
constexpr int kMaxDatagrams = 1024;

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 sockets;
};

Request listeningSockets(uint8_t family) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.sockets.sdiag_family = family;
  request.sockets.sdiag_protocol = IPPROTO_TCP;
  request.sockets.idiag_states = 1U << TCP_LISTEN;
  return request;
}

Address addressOf(const inet_diag_msg& socket) {
  sockaddr_storage storage{};
  if (socket.idiag_family == AF_INET) {
    auto& to = reinterpret_cast<sockaddr_in&>(storage);
    to.sin_family = AF_INET;
    to.sin_port = socket.id.idiag_sport;
    std::memcpy(&to.sin_addr, socket.id.idiag_src, sizeof to.sin_addr);
    return Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage), sizeof to);
  }
  auto& to = reinterpret_cast<sockaddr_in6&>(storage);
  to.sin6_family = AF_INET6;
  to.sin6_port = socket.id.idiag_sport;
  std::memcpy(&to.sin6_addr, socket.id.idiag_src, sizeof to.sin6_addr);
  if (IN6_IS_ADDR_LINKLOCAL(&to.sin6_addr)) to.sin6_scope_id = socket.id.idiag_if;
  return Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage), sizeof to);
}

void addFamily(int netlink, uint8_t family, AcceptQueues& queues) {
  const Request request = listeningSockets(family);
  if (::send(netlink, &request, sizeof request, 0) != sizeof request) return;
  std::array<char, 32768> bytes;
  // A dump's next part is there when the one before it is taken: there is nothing to wait for.
  for (int i = 0; i < kMaxDatagrams; ++i) {
    const ssize_t size = ::recv(netlink, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (size <= 0 || !addAcceptQueues({bytes.data(), static_cast<size_t>(size)}, queues)) return;
  }
}

}  // namespace

AcceptQueues readAcceptQueues() {
  AcceptQueues queues;
  const Fd netlink(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!netlink) return queues;
  for (uint8_t family : {AF_INET, AF_INET6}) addFamily(netlink.get(), family, queues);
  return queues;
}

// Of a listening socket, the receive queue is what waits and the send queue the backlog.
bool addAcceptQueues(std::string_view datagram, AcceptQueues& queues) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header;
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || header.nlmsg_len > datagram.size()) return false;
    if (header.nlmsg_len < NLMSG_HDRLEN + sizeof(inet_diag_msg)) return false;
    inet_diag_msg socket;
    std::memcpy(&socket, datagram.data() + NLMSG_HDRLEN, sizeof socket);
    AcceptQueue& queue = queues[addressOf(socket).toString()];
    queue.length += socket.idiag_rqueue;
    queue.limit += socket.idiag_wqueue;
    datagram.remove_prefix(std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
  }
  return true;
}

}  // namespace weir
