// SPDX-License-Identifier: Apache-2.0
#include "worker/net/user_timeout.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>

namespace weir {
namespace {

int64_t optionOf(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(fd, level, name, &value, &size) == 0 ? value : 0;
}

}  // namespace

void setUserTimeout(int fd, Milliseconds most) {
  int64_t limit = most.count();
  if (optionOf(fd, SOL_SOCKET, SO_KEEPALIVE) != 0)
    limit = std::min(limit, 1000 * (optionOf(fd, IPPROTO_TCP, TCP_KEEPIDLE) +
                                    optionOf(fd, IPPROTO_TCP, TCP_KEEPINTVL) * optionOf(fd, IPPROTO_TCP, TCP_KEEPCNT)));
  auto value = static_cast<int>(limit);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof value);
}

}  // namespace weir
