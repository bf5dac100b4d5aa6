// SPDX-License-Identifier: Apache-2.0
#pragma once
// Address: where a socket is bound or connected to: IPv4 or IPv6 with a port, or a unix path. A value.
// Network: an address range for allow, deny and trust lists.

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir {

class Address {
 public:
  Address() = default;  // unspecified: family() == AF_UNSPEC

  // "127.0.0.1:80", "[::1]:80", "*:80", "80" (any IPv4 address), "127.0.0.1" (with default_port), "unix:/path".
  // Never resolves names: nullopt for anything that is not an address.
  static std::optional<Address> parse(std::string_view text, uint16_t default_port = 0);
  static Address fromSockaddr(const sockaddr* address, socklen_t size);
  static Address local(int fd);   // getsockname; unspecified when it fails
  static Address remote(int fd);  // getpeername; unspecified when it fails

  int family() const { return family_; }
  uint16_t port() const { return port_; }
  bool isUnix() const { return family_ == AF_UNIX; }
  const std::string& path() const { return path_; }  // unix only
  // Network byte order, 4 or 16 of them in use.
  const std::array<uint8_t, 16>& bytes() const { return bytes_; }
  bool isWildcard() const;

  // Fills storage; returns the size for bind and connect. A unix path that is too long gives 0.
  socklen_t toSockaddr(sockaddr_storage& storage) const;

  std::string toString() const;  // "127.0.0.1:80", "[::1]:80", "unix:/path"
  std::string ipString() const;  // without port or brackets; "unix:" for unix addresses
  // Writes ipString() without a terminator; REQUIRES: at least INET6_ADDRSTRLEN bytes. Returns the size.
  size_t writeIp(char* to) const;

  bool operator==(const Address&) const = default;

 private:
  std::array<uint8_t, 16> bytes_{};
  uint16_t port_ = 0;
  uint16_t family_ = AF_UNSPEC;
  uint32_t scope_ = 0;
  std::string path_;
};

class Network {
 public:
  // "10.0.0.0/8", "::1", "unix:", "all"; nullopt when it is none. Host bits beyond the prefix are ignored, as in nginx.
  static std::optional<Network> parse(std::string_view text);
  // An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is matched as the IPv4 address in it.
  bool contains(const Address& address) const;

  std::string toString() const;  // as parse() takes it

  bool operator==(const Network&) const = default;

 private:
  bool all_ = false;
  int family_ = AF_UNSPEC;
  unsigned prefix_ = 0;
  std::array<uint8_t, 16> bytes_{};
};

}  // namespace weir
