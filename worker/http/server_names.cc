// SPDX-License-Identifier: Apache-2.0
#include "worker/http/server_names.h"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace weir {
namespace {

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return lower;
}

std::string machineName() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? lowerCase(name) : std::string("localhost");
}

template <class Names>
const uint32_t* lookUp(const Names& names, std::string_view name) {
  auto found = names.find(name);
  return found == names.end() ? nullptr : &found->second;
}

template <class Names>
const uint32_t* longestSuffix(const Names& names, std::string_view host) {
  if (names.empty()) return nullptr;
  for (size_t dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1))
    if (const uint32_t* server = lookUp(names, host.substr(dot + 1))) return server;
  return nullptr;
}

template <class Names>
const uint32_t* longestPrefix(const Names& names, std::string_view host) {
  if (names.empty()) return nullptr;
  for (size_t dot = host.rfind('.'); dot != std::string_view::npos && dot > 0; dot = host.rfind('.', dot - 1))
    if (const uint32_t* server = lookUp(names, host.substr(0, dot))) return server;
  return nullptr;
}

// What one argument of server_name stands for.
struct ParsedName {
  enum class Kind : uint8_t { Exact, Suffix, SuffixAndItself, Prefix, Invalid } kind;
  std::string_view stem;
};

ParsedName parseName(std::string_view name) {
  using Kind = ParsedName::Kind;
  ParsedName parsed{Kind::Exact, name};
  if (name.starts_with("*."))
    parsed = {Kind::Suffix, name.substr(2)};
  else if (name.starts_with('.'))
    parsed = {Kind::SuffixAndItself, name.substr(1)};
  else if (name.ends_with(".*"))
    parsed = {Kind::Prefix, name.substr(0, name.size() - 2)};
  bool stem_is_name = parsed.stem.find_first_of("*/\0", 0, 3) == std::string_view::npos &&
                      parsed.stem.find("..") == std::string_view::npos && !parsed.stem.starts_with('.');
  if (!stem_is_name || (parsed.stem.empty() && parsed.kind != Kind::Exact)) parsed.kind = Kind::Invalid;
  return parsed;
}

}  // namespace

void ServerNames::add(std::string_view name, uint32_t server, Origin origin, Diagnostics& diagnostics) {
  if (name.starts_with('~')) return addPattern(name.substr(1), server, origin, diagnostics);
  using Kind = ParsedName::Kind;
  std::string lower = name == "$hostname" ? machineName() : lowerCase(name);
  if (lower.size() > 1 && lower.ends_with('.')) lower.pop_back();
  auto [kind, stem] = parseName(lower);
  if (kind == Kind::Invalid) return diagnostics.error(origin, "invalid server name \"" + std::string(name) + "\"");
  bool is_new = true;
  auto put = [&](Names& names, std::string_view key) {
    auto [row, inserted] = names.emplace(key, server);
    is_new = is_new && (inserted || row->second == server);
  };
  if (kind == Kind::Exact || kind == Kind::SuffixAndItself) put(exact_, stem);
  if (kind == Kind::Suffix || kind == Kind::SuffixAndItself) put(suffixes_, stem);
  if (kind == Kind::Prefix) put(prefixes_, stem);
  if (!is_new)
    diagnostics.warning(origin, "server name \"" + std::string(name) + "\" belongs to another server, ignored");
}

void ServerNames::addPattern(std::string_view pattern, uint32_t server, Origin origin, Diagnostics& diagnostics) {
  if (pattern.empty()) return diagnostics.error(origin, "empty regex in server_name");
  auto compiled = Regex::compile(pattern, Regex::Case::Insensitive);
  if (auto* problem = std::get_if<std::string>(&compiled))
    return diagnostics.error(origin, "server_name ~" + std::string(pattern) + ": " + *problem);
  patterns_.push_back({std::get<Regex>(std::move(compiled)), server});
}

const uint32_t* ServerNames::findWildcard(std::string_view host) const {
  if (const uint32_t* server = longestSuffix(suffixes_, host)) return server;
  return longestPrefix(prefixes_, host);
}

uint32_t ServerNames::find(std::string_view host, Captures& captures) const {
  if (!exact_.empty())
    if (const uint32_t* server = lookUp(exact_, host)) return *server;
  if (const uint32_t* server = findWildcard(host)) return *server;
  // A regex that is too hard for this host does not match: whoever sends it could name any server as well.
  for (const Pattern& pattern : patterns_)
    if (pattern.regex.match(host, captures) == Regex::Outcome::Match) return pattern.server;
  return default_;
}

}  // namespace weir
