// SPDX-License-Identifier: Apache-2.0
#pragma once
// LocationTree: which location of a server a path belongs to, in nginx's precedence: `= exact`; else the longest
// prefix, which is final when marked `^~`; else the first regex that matches; else that longest prefix.
// Made while a configuration is compiled, const after. A look-up is a binary search, and allocates nothing.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/settings.h"
#include "worker/text/regex.h"

namespace weir {

class LocationTree {
 public:
  static constexpr int kNone = -1;

  struct Found {
    enum class Kind : uint8_t {
      None,
      Location,
      AddSlash,  // "/dir" where only a proxying "/dir/" exists: answer 301 to the path with a slash
      TooHard,   // a regex gave up: refuse the request, since what it may guard must not be passed by
    };
    Kind kind = Kind::None;
    int location = kNone;  // index into the list the tree was made of, for Location and AddSlash
  };

  LocationTree() = default;
  // Patterns that do not compile and locations given twice are errors.
  LocationTree(const std::vector<LocationSettings>& locations, Diagnostics& diagnostics);

  // path: decoded and resolved (uri.h). captures are set when a regex decided, and left alone when not.
  Found find(std::string_view path, Captures& captures) const;
  // The location `@name`; kNone when there is none.
  int findNamed(std::string_view name) const;

  struct Pattern {
    Regex regex;
    int location;
  };
  const std::vector<Pattern>& patterns() const { return patterns_; }

 private:
  // All that is written with the same path, exact or prefix.
  struct Node {
    std::string path;
    int exact = kNone;
    int prefix = kNone;
    int slashed = kNone;  // the proxying prefix location `path/`
    int parent = kNone;   // the node of the next shorter prefix location
    bool prefix_is_final = false;
  };
  struct Named {
    std::string name;
    int location;
  };

  // While the tree is made: by path, which is the order of nodes_.
  using Drafts = std::map<std::string, Node, std::less<>>;

  void addPath(Drafts& drafts, const LocationSettings& settings, int index, Diagnostics& diagnostics);
  void addPattern(const LocationSettings& settings, int index, Diagnostics& diagnostics);
  void addNamed(const LocationSettings& settings, int index, Diagnostics& diagnostics);
  void linkParents();
  const Node* lastUpTo(std::string_view path) const;
  const Node* longestPrefix(const Node* from, std::string_view path) const;
  Found findPattern(std::string_view path, Captures& captures) const;

  std::vector<Node> nodes_;  // sorted by path
  std::vector<Pattern> patterns_;
  std::vector<Named> named_;
};

}  // namespace weir
