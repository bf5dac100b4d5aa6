// SPDX-License-Identifier: Apache-2.0
#include "worker/http/location_tree.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace weir {
namespace {

using Match = LocationSettings::Match;

void reportTwice(const LocationSettings& settings, Diagnostics& diagnostics) {
  diagnostics.error(settings.origin, "location \"" + settings.pattern + "\" is given twice in this server");
}

}  // namespace

LocationTree::LocationTree(const std::vector<LocationSettings>& locations, Diagnostics& diagnostics) {
  Drafts drafts;
  for (size_t i = 0; i < locations.size(); ++i) {
    const LocationSettings& settings = locations[i];
    if (settings.match == Match::Regex || settings.match == Match::RegexNoCase)
      addPattern(settings, static_cast<int>(i), diagnostics);
    else if (settings.match == Match::Named)
      addNamed(settings, static_cast<int>(i), diagnostics);
    else
      addPath(drafts, settings, static_cast<int>(i), diagnostics);
  }
  nodes_.reserve(drafts.size());
  for (auto& [path, node] : drafts) {
    node.path = path;
    nodes_.push_back(std::move(node));
  }
  linkParents();
}

void LocationTree::addPath(Drafts& drafts, const LocationSettings& settings, int index, Diagnostics& diagnostics) {
  const std::string& path = settings.pattern;
  Node& node = drafts[path];
  int& place = settings.match == Match::Exact ? node.exact : node.prefix;
  if (place != kNone) return reportTwice(settings, diagnostics);
  place = index;
  if (settings.match == Match::Exact) return;
  node.prefix_is_final = settings.match == Match::PrefixFinal;
  if (path.size() > 1 && path.ends_with('/') && !settings.http.proxy_pass.text.empty())
    drafts[path.substr(0, path.size() - 1)].slashed = index;
}

void LocationTree::addPattern(const LocationSettings& settings, int index, Diagnostics& diagnostics) {
  auto sensitivity = settings.match == Match::Regex ? Regex::Case::Sensitive : Regex::Case::Insensitive;
  auto compiled = Regex::compile(settings.pattern, sensitivity);
  if (auto* problem = std::get_if<std::string>(&compiled))
    return diagnostics.error(settings.origin, "location regex \"" + settings.pattern + "\": " + *problem);
  patterns_.push_back({std::get<Regex>(std::move(compiled)), index});
}

void LocationTree::addNamed(const LocationSettings& settings, int index, Diagnostics& diagnostics) {
  if (findNamed(settings.pattern) != kNone) return reportTwice(settings, diagnostics);
  named_.push_back({settings.pattern, index});
}

void LocationTree::linkParents() {
  std::vector<int> enclosing;  // prefix locations, each a prefix of the next
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    while (!enclosing.empty() && !node.path.starts_with(nodes_[static_cast<size_t>(enclosing.back())].path))
      enclosing.pop_back();
    if (!enclosing.empty()) node.parent = enclosing.back();
    if (node.prefix != kNone) enclosing.push_back(static_cast<int>(i));
  }
}

const LocationTree::Node* LocationTree::lastUpTo(std::string_view path) const {
  auto after = std::upper_bound(nodes_.begin(), nodes_.end(), path,
                                [](std::string_view key, const Node& node) { return key < node.path; });
  return after == nodes_.begin() ? nullptr : &*(after - 1);
}

// Whatever lies between a prefix of path and path itself in the order begins with that prefix, too; so the longest
// one is the last node up to path or one of its parents.
const LocationTree::Node* LocationTree::longestPrefix(const Node* from, std::string_view path) const {
  while (from != nullptr && (from->prefix == kNone || !path.starts_with(from->path)))
    from = from->parent == kNone ? nullptr : &nodes_[static_cast<size_t>(from->parent)];
  return from;
}

LocationTree::Found LocationTree::findPattern(std::string_view path, Captures& captures) const {
  for (const Pattern& pattern : patterns_) {
    Regex::Outcome outcome = pattern.regex.match(path, captures);
    if (outcome == Regex::Outcome::Match) return {Found::Kind::Location, pattern.location};
    if (outcome == Regex::Outcome::TooHard) return {Found::Kind::TooHard, pattern.location};
  }
  return {};
}

LocationTree::Found LocationTree::find(std::string_view path, Captures& captures) const {
  const Node* node = lastUpTo(path);
  if (node != nullptr && node->path == path) {
    if (node->exact != kNone) return {Found::Kind::Location, node->exact};
    if (node->prefix == kNone && node->slashed != kNone) return {Found::Kind::AddSlash, node->slashed};
  }
  const Node* longest = longestPrefix(node, path);
  if (longest == nullptr || !longest->prefix_is_final) {
    Found found = findPattern(path, captures);
    if (found.kind != Found::Kind::None) return found;
  }
  if (longest == nullptr) return {};
  return {Found::Kind::Location, longest->prefix};
}

int LocationTree::findNamed(std::string_view name) const {
  for (const Named& named : named_)
    if (named.name == name) return named.location;
  return kNone;
}

}  // namespace weir
