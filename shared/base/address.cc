// SPDX-License-Identifier: Apache-2.0
#include "shared/base/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace weir {
namespace {

std::optional<uint16_t> parsePort(std::string_view text) {
  unsigned port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port > 65535) return std::nullopt;
  return static_cast<uint16_t>(port);
}

// Parses a bare IP; gives its family, or AF_UNSPEC.
int parseIp(std::string_view text, std::array<uint8_t, 16>& bytes) {
  char copy[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof copy) return AF_UNSPEC;
  copy[text.copy(copy, text.size())] = '\0';
  bytes.fill(0);
  if (inet_pton(AF_INET, copy, bytes.data()) == 1) return AF_INET;
  if (inet_pton(AF_INET6, copy, bytes.data()) == 1) return AF_INET6;
  return AF_UNSPEC;
}

struct HostPort {
  std::string_view host;
  std::string_view port;  // empty when none was written
};

std::optional<HostPort> splitHostPort(std::string_view text) {
  if (text.starts_with('[')) {
    auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    auto rest = text.substr(close + 1);
    if (rest.empty()) return HostPort{text.substr(1, close - 1), {}};
    if (rest[0] != ':' || rest.size() == 1) return std::nullopt;
    return HostPort{text.substr(1, close - 1), rest.substr(1)};
  }
  auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    bool digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits ? HostPort{"*", text} : HostPort{text, {}};
  }
  if (colon + 1 == text.size() || text.find(':', colon + 1) != std::string_view::npos) return std::nullopt;
  return HostPort{text.substr(0, colon), text.substr(colon + 1)};
}

bool sameBits(const uint8_t* a, const uint8_t* b, unsigned bits) {
  if (std::memcmp(a, b, bits / 8) != 0) return false;
  if (bits % 8 == 0) return true;
  uint8_t mask = static_cast<uint8_t>(0xff << (8 - bits % 8));
  return (a[bits / 8] & mask) == (b[bits / 8] & mask);
}

constexpr uint8_t kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<Address> Address::parse(std::string_view text, uint16_t default_port) {
  Address address;
  if (text.starts_with("unix:")) {
    address.path_ = text.substr(5);
    if (address.path_.empty() || address.path_.size() >= sizeof(sockaddr_un::sun_path)) return std::nullopt;
    address.family_ = AF_UNIX;
    return address;
  }
  auto parts = splitHostPort(text);
  if (!parts) return std::nullopt;
  address.port_ = default_port;
  if (!parts->port.empty()) {
    auto port = parsePort(parts->port);
    if (!port) return std::nullopt;
    address.port_ = *port;
  }
  int family = parts->host == "*" ? AF_INET : parseIp(parts->host, address.bytes_);
  if (family == AF_UNSPEC || (text.starts_with('[') && family != AF_INET6)) return std::nullopt;
  address.family_ = static_cast<uint16_t>(family);
  return address;
}

Address Address::fromSockaddr(const sockaddr* raw, socklen_t size) {
  Address address;
  if (raw->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(raw);
    std::memcpy(address.bytes_.data(), &in->sin_addr, 4);
    address.port_ = ntohs(in->sin_port);
  } else if (raw->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(raw);
    std::memcpy(address.bytes_.data(), &in6->sin6_addr, 16);
    address.port_ = ntohs(in6->sin6_port);
    address.scope_ = in6->sin6_scope_id;
  } else if (raw->sa_family == AF_UNIX) {
    const auto* un = reinterpret_cast<const sockaddr_un*>(raw);
    size_t offset = offsetof(sockaddr_un, sun_path);
    if (size > offset) address.path_.assign(un->sun_path, strnlen(un->sun_path, size - offset));
  } else {
    return address;
  }
  address.family_ = raw->sa_family;
  return address;
}

Address Address::local(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return fromSockaddr(reinterpret_cast<sockaddr*>(&storage), size);
}

Address Address::remote(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
  return fromSockaddr(reinterpret_cast<sockaddr*>(&storage), size);
}

bool Address::isWildcard() const {
  return !isUnix() && std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t byte) { return byte == 0; });
}

socklen_t Address::toSockaddr(sockaddr_storage& storage) const {
  std::memset(&storage, 0, sizeof storage);
  if (family_ == AF_INET) {
    auto* in = reinterpret_cast<sockaddr_in*>(&storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(port_);
    std::memcpy(&in->sin_addr, bytes_.data(), 4);
    return sizeof *in;
  }
  if (family_ == AF_INET6) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port_);
    in6->sin6_scope_id = scope_;
    std::memcpy(&in6->sin6_addr, bytes_.data(), 16);
    return sizeof *in6;
  }
  auto* un = reinterpret_cast<sockaddr_un*>(&storage);
  if (family_ != AF_UNIX || path_.size() >= sizeof un->sun_path) return 0;
  un->sun_family = AF_UNIX;
  std::memcpy(un->sun_path, path_.data(), path_.size());
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size() + 1);
}

size_t Address::writeIp(char* to) const {
  if (family_ == AF_INET) {
    char* end = to;
    for (int i = 0; i < 4; ++i) {
      if (i > 0) *end++ = '.';
      end = std::to_chars(end, end + 3, static_cast<unsigned>(bytes_[static_cast<size_t>(i)])).ptr;
    }
    return static_cast<size_t>(end - to);
  }
  if (family_ == AF_INET6) {
    if (inet_ntop(AF_INET6, bytes_.data(), to, INET6_ADDRSTRLEN) == nullptr) return 0;
    return std::strlen(to);
  }
  std::memcpy(to, "unix:", 5);
  return 5;
}

std::string Address::ipString() const {
  char text[INET6_ADDRSTRLEN];
  return std::string(text, writeIp(text));
}

std::string Address::toString() const {
  if (isUnix()) return "unix:" + path_;
  std::string port = std::to_string(port_);
  return family_ == AF_INET6 ? "[" + ipString() + "]:" + port : ipString() + ":" + port;
}

std::optional<Network> Network::parse(std::string_view text) {
  Network network;
  if (text == "all") {
    network.all_ = true;
    return network;
  }
  if (text == "unix:") {
    network.family_ = AF_UNIX;
    return network;
  }
  auto slash = text.find('/');
  network.family_ = parseIp(text.substr(0, slash), network.bytes_);
  if (network.family_ == AF_UNSPEC) return std::nullopt;
  unsigned limit = network.family_ == AF_INET ? 32 : 128;
  network.prefix_ = limit;
  if (slash == std::string_view::npos) return network;
  auto prefix = parsePort(text.substr(slash + 1));
  if (!prefix || *prefix > limit) return std::nullopt;
  network.prefix_ = *prefix;
  return network;
}

std::string Network::toString() const {
  if (all_) return "all";
  if (family_ == AF_UNIX) return "unix:";
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(family_, bytes_.data(), text, sizeof text);
  return std::string(text) + "/" + std::to_string(prefix_);
}

bool Network::contains(const Address& address) const {
  if (all_) return true;
  const auto& bytes = address.bytes();
  if (family_ == address.family()) return family_ == AF_UNIX || sameBits(bytes.data(), bytes_.data(), prefix_);
  bool mapped = address.family() == AF_INET6 && std::memcmp(bytes.data(), kMappedPrefix, sizeof kMappedPrefix) == 0;
  return family_ == AF_INET && mapped && sameBits(bytes.data() + 12, bytes_.data(), prefix_);
}

}  // namespace weir
