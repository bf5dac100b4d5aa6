// SPDX-License-Identifier: Apache-2.0
// The value of an upstream's server: a peer's address or name, and its parameters.
#include <algorithm>
#include <array>

#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

constexpr uint16_t kHttpPort = 80;
constexpr std::array<std::string_view, 6> kParameters{
    "weight=", "max_fails=", "fail_timeout=", "max_conns=", "backup", "down"};
constexpr std::array<std::string_view, 3> kRandom{"off", "on", "two"};
constexpr std::array<std::string_view, 5> kLater{"resolve", "route=", "service=", "slow_start=", "drain"};

bool parseBound(const Arguments& in, size_t word, std::string_view text, Range range, uint32_t& out) {
  auto value = parseCount(text);
  if (!value || *value < range.min || *value > range.max)
    return in.refuse(
        word, "a number from " + std::to_string(range.min) + " to " + std::to_string(range.max) + " behind its \"=\"");
  out = static_cast<uint32_t>(*value);
  return true;
}

bool parsePeerWord(const Arguments& in, size_t i, PeerSetting& out) {
  constexpr Range kWeight{1, 65535}, kCount{0, 1'000'000};
  const auto& word = in[i];
  std::string_view text;
  if (word == "backup") return out.backup = true;
  if (word == "down") return out.down = true;
  if (takeParameter(word, "weight", text)) return parseBound(in, i, text, kWeight, out.weight);
  if (takeParameter(word, "max_fails", text)) return parseBound(in, i, text, kCount, out.max_fails);
  if (takeParameter(word, "max_conns", text)) return parseBound(in, i, text, kCount, out.max_conns);
  if (takeParameter(word, "fail_timeout", text)) {
    auto time = parseTime(text);
    if (!time || time->count() == 0) return in.refuse(i, "\"fail_timeout=\" with a time");
    out.fail_timeout = *time;
    return true;
  }
  bool later = std::any_of(kLater.begin(), kLater.end(), [&](auto known) { return word.starts_with(known); });
  if (later) return in.fail("\"" + word + "\" is not supported by this version of weir");
  return in.refuseParameter(i, kParameters);
}

// "name" or "name:port"; gives it with its port.
std::optional<std::string> parseNamed(std::string_view text) {
  size_t colon = text.find(':');
  uint64_t port = kHttpPort;
  if (colon != std::string_view::npos) port = parseCount(text.substr(colon + 1)).value_or(0);
  auto host = text.substr(0, colon);
  // What looks like a broken IPv4 address is not a name.
  bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  if (!isHostName(host) || numeric || port == 0 || port > 65535) return std::nullopt;
  return lowerCase(host) + ":" + std::to_string(port);
}

bool parseHost(const Arguments& in, PeerSetting& out) {
  constexpr std::string_view kUnix = "unix:";
  std::string text = in[0];
  if (text.starts_with(kUnix) && text.size() > kUnix.size())
    text = std::string(kUnix) + in.absolute(std::string_view(text).substr(kUnix.size()));
  bool only_port = text.find_first_not_of("0123456789") == std::string::npos;
  auto address = only_port ? std::nullopt : Address::parse(text, kHttpPort);
  if (address && (address->isUnix() || (address->port() != 0 && !address->isWildcard()))) {
    out.address = address;
    out.host = address->toString();
    return true;
  }
  auto named = address ? std::nullopt : parseNamed(text);
  if (!named) return in.refuse(0, "the address of a server (such as 127.0.0.1:8081, name:80, unix:/path)");
  out.host = *named;
  return true;
}

}  // namespace

bool parseValue(const Arguments& in, PeerSetting& out) {
  if (!in.count(1, 32)) return false;
  out.origin = in.origin;
  bool good = parseHost(in, out);
  for (size_t i = 1; i < in.size(); ++i) good &= parsePeerWord(in, i, out);
  return good;
}

bool parseValue(const Arguments& in, HashSetting& out) {
  if (!in.count(1, 2)) return false;
  if (in[0].empty()) return in.fail("the key is empty");
  out.key = {in[0], in.origin};
  out.consistent = in.size() == 2;
  return !out.consistent || in[1] == "consistent" || in.refuse(1, "\"consistent\"");
}

bool parseValue(const Arguments& in, RandomBalance& out) {
  if (!in.count(1, 2)) return false;
  if (in.size() == 2 && (in[0] != "two" || in[1] != "least_conn")) return in.refuse(1, "\"two least_conn\"");
  for (size_t i = 0; i < kRandom.size(); ++i)
    if (in[0] == kRandom[i]) return out = static_cast<RandomBalance>(i), true;
  return in.refuse(0, "\"off\", \"on\" or \"two\"");
}

std::string printValue(const HashSetting& value) {
  return value.key.text.empty() ? "" : quoteWord(value.key.text) + (value.consistent ? " consistent" : "");
}

std::string printValue(RandomBalance value) { return std::string(kRandom[static_cast<size_t>(value)]); }

std::string printValue(const PeerSetting& value) {
  std::string text = quoteWord(value.host) + " weight=" + std::to_string(value.weight);
  text += " max_fails=" + std::to_string(value.max_fails) + " fail_timeout=" + printTime(value.fail_timeout);
  if (value.max_conns != 0) text += " max_conns=" + std::to_string(value.max_conns);
  if (value.backup) text += " backup";
  if (value.down) text += " down";
  return text;
}

}  // namespace weir::config
