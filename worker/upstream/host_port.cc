// SPDX-License-Identifier: Apache-2.0
#include "worker/upstream/host_port.h"

#include <netinet/in.h>

#include <charconv>

namespace weir {

HostPort splitHostPort(std::string_view text, uint16_t default_port) {
  HostPort split{text, default_port};
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return split;
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error == std::errc() && rest == end) split.port = port;
  split.host = text.substr(0, colon);
  return split;
}

Address withPort(const Address& address, uint16_t port) {
  sockaddr_storage storage;
  const socklen_t size = address.toSockaddr(storage);
  if (address.family() == AF_INET6) {
    reinterpret_cast<sockaddr_in6&>(storage).sin6_port = htons(port);
  } else {
    reinterpret_cast<sockaddr_in&>(storage).sin_port = htons(port);
  }
  return Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage), size);
}

}  // namespace weir
