// SPDX-License-Identifier: Apache-2.0
#include "worker/http/client_address.h"

#include <algorithm>
#include <optional>
#include <string>

namespace weir {
namespace {

std::string_view trim(std::string_view text) {
  size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// An IP address, with or without port. Not what else a configuration may write for an address: "80", "*:80", "unix:".
std::optional<Address> parseHop(std::string_view text) {
  static constexpr std::string_view kAddressCharacters = "0123456789abcdefABCDEF.:[]";
  bool may_be_address = text.find_first_of(".:") != std::string_view::npos &&
                        text.find_first_not_of(kAddressCharacters) == std::string_view::npos;
  if (!may_be_address) return std::nullopt;
  if (auto address = Address::parse(text)) return address;
  // A bare IPv6 address: many proxies write no brackets.
  char bracketed[INET6_ADDRSTRLEN + 2];
  if (text.size() >= INET6_ADDRSTRLEN || text.starts_with('[')) return std::nullopt;
  bracketed[0] = '[';
  text.copy(bracketed + 1, text.size());
  bracketed[text.size() + 1] = ']';
  return Address::parse({bracketed, text.size() + 2});
}

}  // namespace

ClientAddressWalk::ClientAddressWalk(const Address& peer, const std::vector<Network>& trusted, Depth depth)
    : trusted_(trusted), client_(peer), depth_(depth), wants_more_(trusts(peer)) {}

bool ClientAddressWalk::trusts(const Address& hop) const {
  return std::any_of(trusted_.begin(), trusted_.end(), [&](const Network& network) { return network.contains(hop); });
}

void ClientAddressWalk::visit(std::string_view value) {
  while (wants_more_ && !value.empty()) {
    size_t comma = value.rfind(',');
    std::string_view hop = trim(comma == std::string_view::npos ? value : value.substr(comma + 1));
    value = comma == std::string_view::npos ? std::string_view() : value.substr(0, comma);
    // RFC 9110 5.6.1: empty elements of a list count for nothing.
    if (!hop.empty()) visitHop(hop);
  }
}

void ClientAddressWalk::visitHop(std::string_view text) {
  auto hop = parseHop(text);
  if (hop) client_ = *hop;
  wants_more_ = hop && depth_ == Depth::Recursive && trusts(client_);
}

Address clientAddress(const Address& peer, const std::vector<Network>& trusted, ClientAddressWalk::Depth depth,
                      std::span<const std::string_view> fields) {
  ClientAddressWalk walk(peer, trusted, depth);
  for (auto field = fields.rbegin(); field != fields.rend() && walk.wantsMore(); ++field) walk.visit(*field);
  return walk.client();
}

}  // namespace weir
