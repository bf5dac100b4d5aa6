// SPDX-License-Identifier: Apache-2.0
#include "worker/codec/proxy_protocol.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

namespace weir {
namespace {

constexpr std::string_view kV1 = "PROXY ";
constexpr size_t kMaxV1 = 107;  // with CR LF
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t kFixedV2 = 16;
constexpr uint8_t kCrcTlv = 0x03;
constexpr size_t kIp4Block = 12, kIp6Block = 36, kUnixBlock = 216;

ParsedProxyHeader malformed() { return {ProxyHeaderStatus::Malformed, 0, {}}; }
ParsedProxyHeader needMore() { return {ProxyHeaderStatus::NeedMore, 0, {}}; }

uint8_t byteAt(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }
size_t wordAt(std::string_view bytes, size_t at) { return size_t{byteAt(bytes, at)} << 8 | byteAt(bytes, at + 1); }

// ---- version 1

std::string_view takeWord(std::string_view& rest) {
  size_t blank = std::min(rest.find(' '), rest.size());
  std::string_view word = rest.substr(0, blank);
  rest.remove_prefix(std::min(blank + 1, rest.size()));
  return word;
}

std::optional<uint16_t> parsePort(std::string_view text) {
  uint32_t port = 0;
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + static_cast<uint32_t>(c - '0');
  }
  return port <= 65535 ? std::optional(static_cast<uint16_t>(port)) : std::nullopt;
}

std::optional<Address> parseIp(std::string_view ip, uint16_t port, int family) {
  bool six = family == AF_INET6;
  if (ip.empty() || ip.size() > 45 || ip.find_first_of("[]") != std::string_view::npos) return std::nullopt;
  if (six != (ip.find(':') != std::string_view::npos)) return std::nullopt;
  std::string text = six ? "[" + std::string(ip) + "]:" : std::string(ip) + ":";
  auto address = Address::parse(text + std::to_string(port));
  return address && address->family() == family ? address : std::nullopt;
}

// The line without CR LF.
ParsedProxyHeader parseLine(std::string_view line) {
  ParsedProxyHeader parsed{ProxyHeaderStatus::Complete, line.size() + 2, {}};
  std::string_view rest = line.substr(kV1.size());
  std::string_view protocol = takeWord(rest);
  if (protocol == "UNKNOWN") return parsed;
  int family = protocol == "TCP4" ? AF_INET : protocol == "TCP6" ? AF_INET6 : AF_UNSPEC;
  std::string_view from = takeWord(rest), to = takeWord(rest);
  auto from_port = parsePort(takeWord(rest)), to_port = parsePort(rest);
  if (family == AF_UNSPEC || !from_port || !to_port) return malformed();
  auto source = parseIp(from, *from_port, family), destination = parseIp(to, *to_port, family);
  if (!source || !destination) return malformed();
  parsed.header = {true, *source, *destination};
  return parsed;
}

ParsedProxyHeader parseV1(std::string_view bytes) {
  std::string_view longest = bytes.substr(0, kMaxV1);
  size_t end = longest.find('\n');
  if (end == std::string_view::npos) return longest.size() < kMaxV1 ? needMore() : malformed();
  if (longest[end - 1] != '\r') return malformed();
  return parseLine(longest.substr(0, end - 1));
}

// ---- version 2

Address addressOf(int family, std::string_view ip, uint16_t port) {
  sockaddr_storage storage{};
  if (family == AF_INET) {
    auto& in = reinterpret_cast<sockaddr_in&>(storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    std::memcpy(&in.sin_addr, ip.data(), 4);
    return Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage), sizeof in);
  }
  auto& in6 = reinterpret_cast<sockaddr_in6&>(storage);
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(port);
  std::memcpy(&in6.sin6_addr, ip.data(), 16);
  return Address::fromSockaddr(reinterpret_cast<sockaddr*>(&storage), sizeof in6);
}

ProxyHeader takeAddresses(int family, std::string_view block) {
  size_t ip = family == AF_INET ? 4 : 16;
  return {true, addressOf(family, block.substr(0, ip), static_cast<uint16_t>(wordAt(block, 2 * ip))),
          addressOf(family, block.substr(ip, ip), static_cast<uint16_t>(wordAt(block, 2 * ip + 2)))};
}

// The checksum of the header with its own place as zeros.
bool isCrcRight(std::string_view header, size_t place) {
  constexpr std::string_view kZeros("\0\0\0\0", 4);
  uint32_t crc = crc32c(0, header.substr(0, place));
  crc = crc32c(crc32c(crc, kZeros), header.substr(place + 4));
  return crc == (static_cast<uint32_t>(wordAt(header, place)) << 16 | wordAt(header, place + 2));
}

bool areTlvsGood(std::string_view header, size_t at) {
  while (at < header.size()) {
    if (header.size() - at < 3) return false;
    uint8_t type = byteAt(header, at);
    size_t size = wordAt(header, at + 1);
    at += 3;
    if (size > header.size() - at) return false;
    if (type == kCrcTlv && (size != 4 || !isCrcRight(header, at))) return false;
    at += size;
  }
  return true;
}

struct Family {
  int family;
  size_t block;
};

// Of the byte with family and transport; nullopt for what the protocol does not know.
std::optional<Family> familyOf(uint8_t byte) {
  if ((byte & 0xf) > 2) return std::nullopt;
  switch (byte >> 4) {
    case 0:
      return Family{AF_UNSPEC, 0};
    case 1:
      return Family{AF_INET, kIp4Block};
    case 2:
      return Family{AF_INET6, kIp6Block};
    case 3:
      return Family{AF_UNIX, kUnixBlock};
    default:
      return std::nullopt;
  }
}

ParsedProxyHeader parseBlock(std::string_view header, bool local) {
  ParsedProxyHeader parsed{ProxyHeaderStatus::Complete, header.size(), {}};
  auto family = familyOf(byteAt(header, 13));
  if (!family) return malformed();
  std::string_view block = header.substr(kFixedV2);
  bool unspecified = family->family == AF_UNSPEC;
  // LOCAL and UNSPEC: what follows is to be ignored, whatever it is.
  if (local || unspecified) return parsed;
  if (block.size() < family->block) return malformed();
  if (!areTlvsGood(header, kFixedV2 + family->block)) return malformed();
  if (family->family != AF_UNIX) parsed.header = takeAddresses(family->family, block);
  return parsed;
}

ParsedProxyHeader parseV2(std::string_view bytes) {
  if (bytes.size() < kFixedV2) return needMore();
  uint8_t command = byteAt(bytes, 12);
  if (command != 0x20 && command != 0x21) return malformed();
  size_t size = kFixedV2 + wordAt(bytes, 14);
  if (size > kMaxProxyHeader) return malformed();
  if (bytes.size() < size) return needMore();
  return parseBlock(bytes.substr(0, size), command == 0x20);
}

bool begins(std::string_view bytes, std::string_view with) {
  size_t size = std::min(bytes.size(), with.size());
  return bytes.substr(0, size) == with.substr(0, size);
}

// ---- writing

class Writer {
 public:
  explicit Writer(std::span<char> to) : to_(to) {}
  void text(std::string_view bytes) { size_ += bytes.copy(to_.data() + size_, to_.size() - size_); }
  void byte(unsigned value) {
    char c = static_cast<char>(value);
    text({&c, 1});
  }
  void word(unsigned value) {
    byte(value >> 8);
    byte(value & 0xff);
  }
  void ip(const Address& address) { text({reinterpret_cast<const char*>(address.bytes().data()), ipSize(address)}); }
  void ipText(const Address& address) {
    char text_of[64];
    text({text_of, address.writeIp(text_of)});
  }
  size_t size() const { return size_; }
  static size_t ipSize(const Address& address) { return address.family() == AF_INET ? 4 : 16; }

 private:
  std::span<char> to_;
  size_t size_ = 0;
};

bool areNamed(const Address& source, const Address& destination) {
  bool ip = source.family() == AF_INET || source.family() == AF_INET6;
  return ip && source.family() == destination.family();
}

}  // namespace

ParsedProxyHeader parseProxyHeader(std::string_view bytes) {
  if (bytes.starts_with(kV1)) return parseV1(bytes);
  if (bytes.starts_with(kSignature)) return parseV2(bytes);
  return begins(bytes, kV1) || begins(bytes, kSignature) ? needMore() : malformed();
}

size_t writeProxyHeaderV1(const Address& source, const Address& destination, std::span<char> to) {
  Writer out(to);
  out.text(kV1);
  if (areNamed(source, destination)) {
    out.text(source.family() == AF_INET ? "TCP4 " : "TCP6 ");
    out.ipText(source);
    out.text(" ");
    out.ipText(destination);
    out.text(" " + std::to_string(source.port()) + " " + std::to_string(destination.port()));
  } else {
    out.text("UNKNOWN");
  }
  out.text("\r\n");
  return out.size();
}

size_t writeProxyHeaderV2(const Address& source, const Address& destination, ProxyTransport transport,
                          std::span<char> to) {
  Writer out(to);
  out.text(kSignature);
  out.byte(0x21);
  if (!areNamed(source, destination)) {
    out.byte(0);
    out.word(0);
    return out.size();
  }
  bool four = source.family() == AF_INET;
  out.byte((four ? 0x10 : 0x20) | (transport == ProxyTransport::Stream ? 1 : 2));
  out.word(four ? kIp4Block : kIp6Block);
  out.ip(source);
  out.ip(destination);
  out.word(source.port());
  out.word(destination.port());
  return out.size();
}

uint32_t crc32c(uint32_t seed, std::string_view bytes) {
  constexpr uint32_t kPolynomial = 0x82f63b78;
  uint32_t crc = ~seed;
  for (char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (kPolynomial & (0u - (crc & 1)));
  }
  return ~crc;
}

}  // namespace weir
