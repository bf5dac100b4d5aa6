// SPDX-License-Identifier: Apache-2.0
// Values that are addresses: listen and its parameters, access rules, networks.
#include <algorithm>
#include <array>

#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kMetricsPort = 9145;

constexpr std::array<std::string_view, 11> kListenParameters{
    "default_server", "ssl",      "proxy_protocol", "backlog=",      "rcvbuf=",  "sndbuf=",
    "ipv6only=",      "deferred", "fastopen=",      "so_keepalive=", "reuseport"};
constexpr std::array<std::string_view, 11> kStreamParameters{"udp",       "ssl",       "proxy_protocol", "backlog=",
                                                             "rcvbuf=",   "sndbuf=",   "ipv6only=",      "deferred",
                                                             "fastopen=", "reuseport", "so_keepalive="};
constexpr std::array<std::string_view, 4> kLater{"http2", "quic", "udp", "multipath"};
constexpr uint32_t kMostPorts = 4096;  // of one range

bool parseBound(const Arguments& in, size_t word, std::string_view text, uint32_t most, uint32_t& out) {
  auto value = parseCount(text);
  if (!value || *value == 0 || *value > most)
    return in.refuse(word, "a number from 1 to " + std::to_string(most) + " behind its \"=\"");
  out = static_cast<uint32_t>(*value);
  return true;
}

bool parseBuffer(const Arguments& in, size_t word, std::string_view text, std::optional<Size>& out) {
  constexpr uint64_t kMost = 1ull << 30;
  out = parseSize(text);
  if (out && out->bytes > 0 && out->bytes <= kMost) return true;
  return in.refuse(word, "a size from 1 to 1g behind its \"=\"");
}

// "on", "off" or "keepidle:keepintvl:keepcnt", any of the three empty but not all.
bool isKeepalive(std::string_view text) {
  if (parseSwitch(text)) return true;
  size_t first = text.find(':');
  size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second == std::string_view::npos || text.size() == 2) return false;
  auto idle = text.substr(0, first), interval = text.substr(first + 1, second - first - 1),
       count = text.substr(second + 1);
  auto isTime = [](std::string_view part) {
    auto time = parseTime(part);
    return part.empty() || (time && time->count() >= 1000 && time->count() <= 32767 * 1000);
  };
  auto probes = parseCount(count);
  return isTime(idle) && isTime(interval) && (count.empty() || (probes && *probes >= 1 && *probes <= 127));
}

bool parseIpv6only(const Arguments& in, size_t word, std::string_view text, ListenSetting& out) {
  auto value = parseSwitch(text);
  if (!value) return in.refuse(word, "\"ipv6only=on\" or \"ipv6only=off\"");
  if (out.address.family() != AF_INET6) return in.fail("\"ipv6only\" needs an IPv6 address");
  out.ipv6only = *value;
  return true;
}

bool parseListenWord(const Arguments& in, size_t i, ListenSetting& out) {
  constexpr uint32_t kMostQueued = 1'000'000;
  const auto& word = in[i];
  bool stream = in.rule == TextRule::Stream;
  std::string_view text;
  if (word == "default_server" && !stream) return out.default_server = true;
  if (word == "ssl") return out.ssl = true;
  if (word == "udp" && stream) return out.udp = true;
  if (word == "proxy_protocol") return out.proxy_protocol = true;
  if (word == "reuseport") return true;  // always so; nginx's files may say it
  if (word == "deferred") return out.deferred = true;
  if (takeParameter(word, "backlog", text)) return parseBound(in, i, text, kMostQueued, out.backlog);
  if (takeParameter(word, "fastopen", text)) return parseBound(in, i, text, kMostQueued, out.fastopen);
  if (takeParameter(word, "rcvbuf", text)) return parseBuffer(in, i, text, out.rcvbuf);
  if (takeParameter(word, "sndbuf", text)) return parseBuffer(in, i, text, out.sndbuf);
  if (takeParameter(word, "ipv6only", text)) return parseIpv6only(in, i, text, out);
  if (takeParameter(word, "so_keepalive", text)) {
    out.so_keepalive = text;
    return isKeepalive(text) || in.refuse(i, "\"so_keepalive=\" with on, off or [keepidle]:[keepintvl]:[keepcnt]");
  }
  if (std::find(kLater.begin(), kLater.end(), word) != kLater.end())
    return in.fail("\"" + word + "\" is not supported by this version of weir");
  if (stream) return in.refuseParameter(i, kStreamParameters);
  return in.refuseParameter(i, kListenParameters);
}

// A unix path is relative to the prefix like any other.
std::optional<Address> parseLocal(const Arguments& in, std::string text, uint16_t default_port) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix) && text.size() > kUnix.size())
    text = std::string(kUnix) + in.absolute(std::string_view(text).substr(kUnix.size()));
  auto address = Address::parse(text, default_port);
  if (address && !address->isUnix() && address->port() == 0) address.reset();
  return address;
}

constexpr std::string_view kWantedAddress =
    "an address to listen on (such as 8080, 127.0.0.1:8080, [::1]:80, unix:/path)";

struct PortRange {
  std::string before;  // what stands in front of the port
  uint64_t first;
  uint64_t last;
};

// "20000-20099", "127.0.0.1:20000-20099"; nullopt for what is no range.
std::optional<PortRange> parseRange(std::string_view text) {
  size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || text.starts_with("unix:")) return std::nullopt;
  size_t colon = text.substr(0, dash).rfind(':');
  size_t port = colon == std::string_view::npos ? 0 : colon + 1;
  auto first = parseCount(text.substr(port, dash - port)), last = parseCount(text.substr(dash + 1));
  if (!first || !last) return std::nullopt;
  return PortRange{std::string(text.substr(0, port)), *first, *last};
}

bool parseListen(const Arguments& in, const std::string& text, ListenSetting& out) {
  auto address = parseLocal(in, text, in.rule == TextRule::Stream ? 0 : kHttpPort);
  if (!address) return in.refuse(0, kWantedAddress);
  out.address = *address;
  out.origin = in.origin;
  bool good = true;
  for (size_t i = 1; i < in.size(); ++i) good &= parseListenWord(in, i, out);
  if (out.udp && out.proxy_protocol) return in.fail("\"proxy_protocol\" is for connections, not for udp");
  if (out.udp && out.address.isUnix()) return in.fail("\"udp\" needs a port");
  return good;
}

}  // namespace

bool parseValue(const Arguments& in, ListenSetting& out) { return in.count(1, 32) && parseListen(in, in[0], out); }

bool appendValue(const Arguments& in, std::vector<ListenSetting>& list) {
  auto range = in.rule == TextRule::Stream && in.size() > 0 ? parseRange(in[0]) : std::nullopt;
  if (!range) return parseValue(in, list.emplace_back());
  if (range->first > range->last || range->last - range->first >= kMostPorts || range->last > 65535)
    return in.refuse(0, "a range of at most " + std::to_string(kMostPorts) + " ports, the lower one first");
  for (uint64_t port = range->first; port <= range->last; ++port)
    if (!parseListen(in, range->before + std::to_string(port), list.emplace_back())) return false;
  return true;
}

bool parseValue(const Arguments& in, Address& out) {
  if (!in.count(1, 1)) return false;
  auto address = parseLocal(in, in[0], kMetricsPort);
  if (!address) return in.refuse(0, kWantedAddress);
  out = *address;
  return true;
}

bool parseValue(const Arguments& in, Network& out) {
  if (!in.count(1, 1)) return false;
  auto network = Network::parse(in[0]);
  if (!network) return in.refuse(0, "an address, a network (10.0.0.0/8), \"unix:\" or \"all\"");
  out = *network;
  return true;
}

bool parseValue(const Arguments& in, AccessRule& out) {
  out.allow = in.directive == "allow";
  return parseValue(in, out.network);
}

std::string printValue(const ListenSetting& value) {
  const ListenSetting unset;
  std::string text = value.address.isUnix() ? quoteWord(value.address.toString()) : value.address.toString();
  if (value.default_server) text += " default_server";
  if (value.ssl) text += " ssl";
  if (value.udp) text += " udp";
  if (value.proxy_protocol) text += " proxy_protocol";
  if (value.backlog != unset.backlog) text += " backlog=" + std::to_string(value.backlog);
  if (value.rcvbuf) text += " rcvbuf=" + printSize(*value.rcvbuf);
  if (value.sndbuf) text += " sndbuf=" + printSize(*value.sndbuf);
  if (!value.ipv6only) text += " ipv6only=off";
  if (value.deferred) text += " deferred";
  if (value.fastopen != 0) text += " fastopen=" + std::to_string(value.fastopen);
  if (!value.so_keepalive.empty()) text += " so_keepalive=" + value.so_keepalive;
  return text;
}

std::string printValue(const Address& value) { return value.toString(); }
std::string printValue(const Network& value) { return value.toString(); }
std::string printValue(const AccessRule& value) { return printValue(value.network); }

}  // namespace weir::config
