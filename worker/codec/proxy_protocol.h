// SPDX-License-Identifier: Apache-2.0
#pragma once
// The PROXY protocol, versions 1 and 2: a proxy tells in front of the first byte for whom it connects (S-52,
// haproxy.org/download/2.6/doc/proxy-protocol.txt). Sans-IO.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "shared/base/address.h"

namespace weir {

struct ProxyHeader {
  // False: LOCAL, UNKNOWN or an address family that is none of IP's: the connection's own addresses count.
  bool has_addresses = false;
  Address source;
  Address destination;
};

enum class ProxyHeaderStatus : uint8_t { NeedMore, Complete, Malformed };

struct ParsedProxyHeader {
  ProxyHeaderStatus status;
  size_t size = 0;  // Complete: how many bytes it took
  ProxyHeader header;
};

// The longest header that is accepted, with its TLVs; the protocol itself allows 64 KiB.
inline constexpr size_t kMaxProxyHeader = 4096;

// bytes: all that came so far. Never NeedMore once there are kMaxProxyHeader of them. Unknown TLVs are skipped; a
// CRC32C must be right.
ParsedProxyHeader parseProxyHeader(std::string_view bytes);

// What writeProxyHeader() takes at most.
inline constexpr size_t kWrittenProxyHeader = 108;

enum class ProxyTransport : uint8_t { Stream, Datagram };

// Addresses of two families, or of none of IP's, give a header without addresses. Returns the size.
// REQUIRES: to.size() >= kWrittenProxyHeader
size_t writeProxyHeaderV1(const Address& source, const Address& destination, std::span<char> to);
size_t writeProxyHeaderV2(const Address& source, const Address& destination, ProxyTransport transport,
                          std::span<char> to);

// CRC-32C (RFC 9260 appendix A), as version 2 protects its headers with.
uint32_t crc32c(uint32_t seed, std::string_view bytes);

}  // namespace weir
