// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the value of a directive is cut into words, and how a word is written so that it is read again unchanged.
// Blanks part words. A word that begins with ' or " runs to the same mark again; inside, \" \' \\ \t \r \n are the
// escapes and any other backslash stands for itself. Outside of quotes a backslash is always itself.

#include <string>
#include <string_view>
#include <vector>

namespace weir::config {

struct Word {
  std::string text;
  bool quoted = false;
};

struct Words {
  std::vector<Word> words;
  std::string error;  // empty when the value is well formed
};

Words splitWords(std::string_view value);

// The word as it has to be written; in quotes only when it must be, or when asked.
std::string quoteWord(std::string_view word, bool always = false);

// Whether " # " or " ; " stands outside of quotes: likely meant as a comment, which a value cannot hold.
bool looksLikeInlineComment(std::string_view value);

// Replaces ${env.NAME} and ${env.NAME:-default}. False, with the reason in error, when a name is unset, malformed or
// its value holds a control character.
bool expandEnvironment(std::string& text, std::string& error);

}  // namespace weir::config
