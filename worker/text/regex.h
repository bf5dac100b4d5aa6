// SPDX-License-Identifier: Apache-2.0
#pragma once
// Regex: a compiled Perl-compatible pattern; with Captures the only door to pcre2. Made while a configuration is
// compiled, const and shared by every request after that. Matching allocates nothing and its work is bounded, so that
// no pattern and subject together can hold the loop.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct pcre2_real_code_8;

namespace weir {

class Regex;

// What a match found: views into the subject, which must outlive their use, as must the Regex.
class Captures {
 public:
  static constexpr size_t kGroups = 16;  // with group 0, the whole match

  bool empty() const { return count_ == 0; }
  void clear() { count_ = 0; }
  // Empty for a group that does not exist or took no part in the match.
  std::string_view group(size_t index) const { return index < count_ ? groups_[index] : std::string_view(); }
  std::string_view named(std::string_view name) const;

 private:
  friend class Regex;
  const Regex* regex_ = nullptr;
  size_t count_ = 0;
  std::array<std::string_view, kGroups> groups_;
};

class Regex {
 public:
  static constexpr uint32_t kMatchLimit = 10000;  // pcre2's unit: calls of its inner match function

  enum class Case : uint8_t { Sensitive, Insensitive };
  // TooHard: the limit was reached, so nobody knows; what guards something must then refuse.
  enum class Outcome : uint8_t { NoMatch, Match, TooHard };

  struct Group {
    std::string name;
    size_t index;
  };

  // The other alternative is what is wrong with the pattern, as text for a diagnostic.
  static std::variant<Regex, std::string> compile(std::string_view pattern, Case sensitivity);

  // Searches anywhere in the subject; captures are set when it matches, and left alone when not.
  Outcome match(std::string_view subject, Captures& captures) const;
  bool matches(std::string_view subject) const;

  const std::vector<Group>& groups() const { return groups_; }

 private:
  struct Free {
    void operator()(pcre2_real_code_8* code) const;
  };
  explicit Regex(pcre2_real_code_8* code) : code_(code) {}
  bool readGroups();

  std::unique_ptr<pcre2_real_code_8, Free> code_;
  std::vector<Group> groups_;
};

}  // namespace weir
