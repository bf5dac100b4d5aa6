// SPDX-License-Identifier: Apache-2.0
// Values of [main]: user, affinity, priority, resolver.
#include <array>

#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

constexpr size_t kMostCpus = 1024;  // CPU_SETSIZE

bool takeSwitch(const Arguments& in, size_t word, std::string_view text, bool& out) {
  auto value = parseSwitch(text);
  if (!value) return in.refuse(word, "\"on\" or \"off\"");
  out = *value;
  return true;
}

bool parseResolverWord(const Arguments& in, size_t i, ResolverSetting& out) {
  constexpr std::array<std::string_view, 3> kKnown{"valid=", "ipv4=", "ipv6="};
  std::string_view text;
  if (takeParameter(in[i], "ipv4", text)) return takeSwitch(in, i, text, out.ipv4);
  if (takeParameter(in[i], "ipv6", text)) return takeSwitch(in, i, text, out.ipv6);
  if (takeParameter(in[i], "valid", text)) {
    out.valid = parseTime(text);
    return (out.valid && out.valid->count() > 0) || in.refuse(i, "a time to keep names");
  }
  if (in[i].find('=') != std::string::npos) return in.refuseParameter(i, kKnown);
  auto address = Address::parse(in[i], 53);
  if (!address || address->isUnix() || address->port() == 0) return in.refuse(i, "the address of a name server");
  out.servers.push_back(*address);
  return true;
}

// "0101": CPUs 0 and 2.
bool parseMask(const Arguments& in, size_t word, AffinitySetting& out) {
  const std::string& text = in[word];
  bool binary = text.find_first_not_of("01") == std::string::npos && text.size() <= kMostCpus;
  if (!binary || text.find('1') == std::string::npos) return in.refuse(word, "a mask of CPUs (such as 0101)");
  CpuSet& cpus = out.masks.emplace_back();
  for (size_t cpu = 0; cpu < text.size(); ++cpu)
    if (text[text.size() - 1 - cpu] == '1') cpus.push_back(static_cast<uint16_t>(cpu));
  return true;
}

std::string printMask(const CpuSet& cpus) {
  std::string text(cpus.back() + size_t{1}, '0');
  for (uint16_t cpu : cpus) text[text.size() - 1 - cpu] = '1';
  return text;
}

}  // namespace

bool parseValue(const Arguments& in, AffinitySetting& out) {
  if (!in.count(1, kMostCpus)) return false;
  out.automatic = in[0] == "auto";
  if (out.automatic && !in.count(1, 2)) return false;
  bool good = true;
  for (size_t i = out.automatic ? 1 : 0; i < in.size(); ++i) good &= parseMask(in, i, out);
  return good;
}

bool parseValue(const Arguments& in, Niceness& out) {
  if (!in.count(1, 1)) return false;
  bool negative = in[0].starts_with('-');
  auto size = parseCount(std::string_view(in[0]).substr(negative ? 1 : 0));
  if (!size || *size > (negative ? 20U : 19U)) return in.refuse(0, "a number from -20 to 19");
  out.value = static_cast<int>(*size) * (negative ? -1 : 1);
  return true;
}

bool parseValue(const Arguments& in, UserSetting& out) {
  if (!in.count(1, 2)) return false;
  if (in[0].empty()) return in.fail("the name is empty");
  out.user = in[0];
  out.group = in.size() == 2 ? in[1] : "";
  return true;
}

bool parseValue(const Arguments& in, ResolverSetting& out) {
  if (!in.count(1, 32)) return false;
  bool good = true;
  for (size_t i = 0; i < in.size(); ++i) good &= parseResolverWord(in, i, out);
  if (!out.ipv4 && !out.ipv6) return in.fail("ipv4 and ipv6 cannot both be off");
  if (good && out.servers.empty()) return in.fail("names no server");
  return good;
}

std::string printValue(const UserSetting& value) {
  if (value.user.empty()) return "";
  return quoteWord(value.user) + (value.group.empty() ? "" : " " + quoteWord(value.group));
}

std::string printValue(const AffinitySetting& value) {
  std::string text = value.automatic ? "auto" : "";
  for (const CpuSet& mask : value.masks) text += (text.empty() ? "" : " ") + printMask(mask);
  return text;
}

std::string printValue(Niceness value) { return std::to_string(value.value); }

std::string printValue(const ResolverSetting& value) {
  std::string text;
  for (const auto& server : value.servers) text += (text.empty() ? "" : " ") + server.toString();
  if (text.empty()) return text;
  if (value.valid) text += " valid=" + printTime(*value.valid);
  if (!value.ipv4) text += " ipv4=off";
  if (!value.ipv6) text += " ipv6=off";
  return text;
}

}  // namespace weir::config
