// SPDX-License-Identifier: Apache-2.0
// "syslog:server=ADDRESS,facility=...,severity=...,tag=...,nohostname", in nginx's words.
#include <algorithm>
#include <array>

#include "shared/config/value.h"

namespace weir::config {
namespace {

// RFC 3164 4.1.1; where both have a name for a number, the position is the number.
constexpr std::array<std::string_view, 24> kFacilities{"kern",   "user",   "mail",   "daemon", "auth",     "intern",
                                                       "lpr",    "news",   "uucp",   "clock",  "authpriv", "ftp",
                                                       "ntp",    "audit",  "alert",  "cron",   "local0",   "local1",
                                                       "local2", "local3", "local4", "local5", "local6",   "local7"};
constexpr std::array<std::string_view, 8> kSeverities{"emerg", "alert",  "crit", "error",
                                                      "warn",  "notice", "info", "debug"};
constexpr uint16_t kPort = 514;
constexpr size_t kLongestTag = 32;

template <size_t N>
bool takeName(std::string_view value, const std::array<std::string_view, N>& names, uint8_t& out) {
  auto found = std::find(names.begin(), names.end(), value);
  out = static_cast<uint8_t>(found - names.begin());
  return found != names.end();
}

bool isTag(std::string_view text) {
  return !text.empty() && text.size() <= kLongestTag && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool complain(const Arguments& in, std::string_view part, std::string_view wanted) {
  return in.fail("\"" + std::string(part.substr(0, 80)) + "\" is not " + std::string(wanted));
}

bool isServer(const Address& address) { return address.isUnix() || (!address.isWildcard() && address.port() != 0); }

bool parsePart(const Arguments& in, std::string_view part, SyslogSetting& out) {
  std::string_view value;
  if (takeParameter(part, "server", value)) {
    auto address = Address::parse(value, kPort);
    if (!address || !isServer(*address)) return complain(in, part, "the address of a syslog server, or unix:path");
    out.server = *address;
    return true;
  }
  if (takeParameter(part, "facility", value))
    return takeName(value, kFacilities, out.facility) || complain(in, part, "a facility of syslog");
  if (takeParameter(part, "severity", value))
    return takeName(value, kSeverities, out.severity) || complain(in, part, "a severity of syslog");
  if (takeParameter(part, "tag", value)) {
    out.tag = value;
    return isTag(value) || complain(in, part, "a tag: up to 32 letters, digits and underscores");
  }
  out.hostname = false;
  return part == "nohostname" || complain(in, part, "a parameter of syslog");
}

}  // namespace

bool parseSyslog(const Arguments& in, SyslogSetting& out) {
  std::string_view rest = std::string_view(in[0]).substr(std::string_view("syslog:").size());
  while (!rest.empty()) {
    std::string_view part = rest.substr(0, rest.find(','));
    if (!parsePart(in, part, out)) return false;
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return out.server.family() != AF_UNSPEC || in.fail("syslog needs \"server=\"");
}

}  // namespace weir::config
