// SPDX-License-Identifier: Apache-2.0
// Values of [stream] that are more than a word.
#include <algorithm>
#include <array>

#include "shared/config/value.h"

namespace weir::config {
namespace {

constexpr std::array<std::string_view, 3> kProxyProtocols{"off", "v1", "v2"};

}  // namespace

bool parseValue(const Arguments& in, ProxyProtocol& out) {
  if (!in.count(1, 1)) return false;
  if (in[0] == "on") return out = ProxyProtocol::V1, true;
  auto found = std::find(kProxyProtocols.begin(), kProxyProtocols.end(), in[0]);
  if (found == kProxyProtocols.end()) return in.refuse(0, "\"off\", \"on\", \"v1\" or \"v2\"");
  out = static_cast<ProxyProtocol>(found - kProxyProtocols.begin());
  return true;
}

bool parseValue(const Arguments& in, MapCase& out) {
  if (!in.count(2, 2)) return false;
  out = {in[0], {in[1], in.origin}};
  return true;
}

std::string printValue(const MapCase& value) {
  return quoteWord(value.pattern) + " " + quoteWord(value.value.text, true);
}

std::string printValue(ProxyProtocol value) { return std::string(kProxyProtocols[static_cast<size_t>(value)]); }

}  // namespace weir::config
