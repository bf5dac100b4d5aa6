// SPDX-License-Identifier: Apache-2.0
#pragma once
// Arguments: one line of the configuration as a value sees it, the words after '=' and what its row of the table
// says of them. A view: lives while the line is read.

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/diagnostics.h"
#include "shared/config/lexer.h"

namespace weir::config {

// Bounds of a count, of a size in bytes, of a time in milliseconds.
struct Range {
  uint64_t min = 0;
  uint64_t max = std::numeric_limits<uint64_t>::max();
};

// What a directive whose value is a plain string accepts.
// From ServerName on, a line holds a list of them.
enum class TextRule : uint8_t {
  Word,
  FieldName,
  MimeType,
  Method,
  UriPath,
  LocalAddress,
  Path,  // a template, made absolute
  Token,
  HttpUrl,
  Stream,
  ServerName,
  IndexFile,
  MimeTypes,
  Tokens,
  Origins,
  Protocols,
};

class FileSource;

// What all lines of a configuration share.
struct LoadContext {
  std::string prefix;  // absolute, ends in '/'
  Diagnostics& diagnostics;
  FileSource* files = nullptr;  // for values that are files; null: there are none
};

struct Arguments {
  std::string_view directive;
  std::span<const Word> words;
  Origin origin;
  Range range;
  TextRule rule = TextRule::Word;
  std::span<const Origin> earlier;  // the lines of this directive that the same section had before
  const LoadContext& load;

  size_t size() const { return words.size(); }
  const std::string& operator[](size_t i) const { return words[i].text; }

  // Each of these reports and returns false, so that a parser can end with it.
  bool fail(const std::string& message) const;
  bool refuse(size_t word, std::string_view wanted) const;  // "x" is not <wanted>
  bool refuseParameter(size_t word, std::span<const std::string_view> known) const;

  // Reports when there are fewer or more words.
  bool count(size_t least, size_t most) const;
  // Reports when value lies outside of the range.
  bool inRange(uint64_t value, Range allowed, std::string_view shown, std::string (*print)(uint64_t)) const;

  // The one word is one of these, whose order is that of the enumerators; reports when it is none.
  template <class Enum>
  bool oneOf(std::span<const std::string_view> words, Enum& out) const {
    size_t found = indexIn(words);
    if (found < words.size()) out = static_cast<Enum>(found);
    return found < words.size();
  }

  // A path relative to the prefix made absolute.
  std::string absolute(std::string_view path) const;

 private:
  size_t indexIn(std::span<const std::string_view> words) const;
};

// "name=value" parameters: what follows '=' when word begins with "name=".
bool takeParameter(std::string_view word, std::string_view name, std::string_view& value);

}  // namespace weir::config
