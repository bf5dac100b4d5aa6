// SPDX-License-Identifier: Apache-2.0
// Values of limit_conn_zone and limit_conn.
#include <algorithm>
#include <array>

#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

constexpr Size kLeastZone{32 << 10};
constexpr Size kMostZone{128 << 20};
constexpr uint64_t kMostConnections = 65535;  // as in nginx
constexpr std::array<LogLevel, 4> kLevels{LogLevel::Info, LogLevel::Notice, LogLevel::Warn, LogLevel::Error};

}  // namespace

bool parseValue(const Arguments& in, LimitConnZoneSetting& out) {
  if (!in.count(2, 2)) return false;
  if (in[0].empty()) return in.refuse(0, "a key, such as $binary_remote_addr");
  out.key = {in[0], in.origin};
  std::string_view zone;
  bool named = takeParameter(in[1], "zone", zone);
  size_t colon = zone.find(':');
  if (!named || colon == 0 || colon == std::string_view::npos) return in.refuse(1, "\"zone=name:size\"");
  out.name = zone.substr(0, colon);
  auto size = parseSize(zone.substr(colon + 1));
  if (!size || size->bytes < kLeastZone.bytes || size->bytes > kMostZone.bytes)
    return in.refuse(1, "a size from 32k to 128m behind the zone's name");
  out.size = *size;
  return true;
}

bool parseValue(const Arguments& in, LimitConnSetting& out) {
  if (!in.count(2, 2)) return false;
  out.zone = in[0];
  out.origin = in.origin;
  auto number = parseCount(in[1]);
  if (!number || *number == 0 || *number > kMostConnections) return in.refuse(1, "a number from 1 to 65535");
  out.number = static_cast<uint32_t>(*number);
  return true;
}

bool parseValue(const Arguments& in, LimitLogLevel& out) {
  if (!in.count(1, 1)) return false;
  auto level = parseLogLevel(in[0]);
  if (!level || std::find(kLevels.begin(), kLevels.end(), *level) == kLevels.end())
    return in.refuse(0, "a level (info, notice, warn, error)");
  out.level = *level;
  return true;
}

bool appendValue(const Arguments& in, std::vector<LimitConnZoneSetting>& list) {
  LimitConnZoneSetting zone;
  if (!parseValue(in, zone)) return false;
  auto same = std::find_if(list.begin(), list.end(), [&](const auto& other) { return other.name == zone.name; });
  if (same != list.end())
    return in.fail("the zone \"" + zone.name + "\" is already there, at " +
                   in.load.diagnostics.place(same->key.origin));
  list.push_back(std::move(zone));
  return true;
}

bool appendValue(const Arguments& in, std::vector<LimitConnSetting>& list) {
  LimitConnSetting limit;
  if (!parseValue(in, limit)) return false;
  for (const auto& other : list)
    if (other.zone == limit.zone)
      return in.fail("the zone \"" + limit.zone + "\" already limits at " + in.load.diagnostics.place(other.origin));
  list.push_back(std::move(limit));
  return true;
}

std::string printValue(const LimitConnZoneSetting& value) {
  return quoteWord(value.key.text) + " " + quoteWord("zone=" + value.name + ":" + printSize(value.size));
}
std::string printValue(const LimitConnSetting& value) {
  return quoteWord(value.zone) + " " + std::to_string(value.number);
}
std::string printValue(LimitLogLevel value) { return std::string(logLevelName(value.level)); }

}  // namespace weir::config
