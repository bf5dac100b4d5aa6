// SPDX-License-Identifier: Apache-2.0
#pragma once
// ServerNames: which virtual server of one listening address answers for a host, in nginx's precedence: the exact
// name, the longest wildcard with a leading asterisk, the longest with a trailing one, the first regex that matches,
// the default. Filled while a configuration is compiled, const after; a look-up allocates nothing and its time does
// not grow with the number of names (regexes excepted).

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "shared/config/diagnostics.h"
#include "worker/text/regex.h"

namespace weir {

class ServerNames {
 public:
  explicit ServerNames(uint32_t default_server = 0) : default_(default_server) {}

  void setDefault(uint32_t server) { default_ = server; }
  // One argument of server_name: "a.example", "*.example", ".example", "www.*", "~regex", "" or "$hostname".
  // A name that another server has already is a warning, and the first keeps it.
  void add(std::string_view name, uint32_t server, Origin origin, Diagnostics& diagnostics);

  // host: as normalizeHost() gives it. captures are set when a regex decided, and left alone when not.
  uint32_t find(std::string_view host, Captures& captures) const;

  struct Pattern {
    Regex regex;
    uint32_t server;
  };
  const std::vector<Pattern>& patterns() const { return patterns_; }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };
  using Names = std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>>;

  void addPattern(std::string_view pattern, uint32_t server, Origin origin, Diagnostics& diagnostics);
  const uint32_t* findWildcard(std::string_view host) const;

  uint32_t default_;
  Names exact_;
  Names suffixes_;  // "example.com" of "*.example.com"
  Names prefixes_;  // "www" of "www.*"
  std::vector<Pattern> patterns_;
};

}  // namespace weir
