// SPDX-License-Identifier: Apache-2.0
#include "shared/config/lexer.h"

#include <algorithm>
#include <cstdlib>

namespace weir::config {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kEnvironment = "${env.";

bool isBlank(char c) { return c == ' ' || c == '\t'; }
bool isQuote(char c) { return c == '"' || c == '\''; }
bool isControl(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// What \c stands for in quotes; '\0' when the backslash is to be kept.
char unescaped(char c) {
  switch (c) {
    case '"':
    case '\'':
    case '\\':
      return c;
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'n':
      return '\n';
    default:
      return '\0';
  }
}

// Reads from the opening mark; gives the place after the closing one, npos when there is none.
size_t readQuoted(std::string_view value, size_t at, std::string& text) {
  char mark = value[at++];
  for (; at < value.size() && value[at] != mark; ++at) {
    char escape = value[at] == '\\' && at + 1 < value.size() ? unescaped(value[at + 1]) : '\0';
    if (escape != '\0') ++at;
    text += escape != '\0' ? escape : value[at];
  }
  return at < value.size() ? at + 1 : std::string_view::npos;
}

size_t endOfBare(std::string_view value, size_t at) {
  size_t end = value.find_first_of(kBlanks, at);
  return end == std::string_view::npos ? value.size() : end;
}

bool mustQuote(std::string_view word) {
  if (word.empty() || isQuote(word[0]) || word.back() == '\\') return true;
  return word == "#" || word == ";" ||
         std::any_of(word.begin(), word.end(), [](char c) { return isBlank(c) || isControl(c); });
}

std::string_view escapeOf(char c) {
  switch (c) {
    case '"':
      return "\\\"";
    case '\\':
      return "\\\\";
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    default:
      return {};
  }
}

// The value of what stands between "${env." and "}".
bool lookUp(std::string_view inner, std::string& value, std::string& error) {
  size_t dash = inner.find(":-");
  std::string name(inner.substr(0, dash));
  bool named = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  });
  if (!named) return error = "\"" + name + "\" is not the name of an environment variable", false;
  const char* found = std::getenv(name.c_str());
  if (found == nullptr && dash == std::string_view::npos)
    return error = "the environment variable " + name + " is not set and ${env." + name + "} gives no default", false;
  bool empty = found == nullptr || *found == '\0';
  if (empty && dash != std::string_view::npos)
    value = inner.substr(dash + 2);
  else
    value = found;
  if (std::any_of(value.begin(), value.end(), isControl))
    return error = "the environment variable " + name + " holds a control character", false;
  return true;
}

}  // namespace

Words splitWords(std::string_view value) {
  Words result;
  size_t at = value.find_first_not_of(kBlanks);
  while (at < value.size()) {
    Word word;
    if (isQuote(value[at])) {
      word.quoted = true;
      size_t end = readQuoted(value, at, word.text);
      if (end == std::string_view::npos) return result.error = "a quote is not closed", result;
      if (end < value.size() && !isBlank(value[end]))
        return result.error = std::string("unexpected '") + value[end] + "' after the closing quote", result;
      at = end;
    } else {
      size_t end = endOfBare(value, at);
      word.text = value.substr(at, end - at);
      at = end;
    }
    result.words.push_back(std::move(word));
    at = value.find_first_not_of(kBlanks, at);
  }
  return result;
}

std::string quoteWord(std::string_view word, bool always) {
  if (!always && !mustQuote(word)) return std::string(word);
  std::string quoted = "\"";
  for (char c : word) {
    auto escape = escapeOf(c);
    if (escape.empty())
      quoted += c;
    else
      quoted += escape;
  }
  return quoted + "\"";
}

bool looksLikeInlineComment(std::string_view value) {
  char mark = '\0';
  for (size_t at = 0; at < value.size(); ++at) {
    char c = value[at];
    bool starts_word = at == 0 || isBlank(value[at - 1]);
    if (mark != '\0') {
      if (c == '\\') ++at;
      if (c == mark) mark = '\0';
    } else if (starts_word && isQuote(c)) {
      mark = c;
    } else if (starts_word && at > 0 && (c == '#' || c == ';') && at + 1 < value.size() && isBlank(value[at + 1])) {
      return true;
    }
  }
  return false;
}

bool expandEnvironment(std::string& text, std::string& error) {
  size_t at = text.find(kEnvironment);
  if (at == std::string::npos) return true;
  std::string expanded;
  size_t done = 0;
  for (; at != std::string::npos; at = text.find(kEnvironment, done)) {
    size_t end = text.find('}', at);
    if (end == std::string::npos) return error = "\"${env.\" is not closed by \"}\"", false;
    std::string value;
    size_t inner = at + kEnvironment.size();
    if (!lookUp(std::string_view(text).substr(inner, end - inner), value, error)) return false;
    expanded.append(text, done, at - done).append(value);
    done = end + 1;
  }
  text = expanded.append(text, done);
  return true;
}

}  // namespace weir::config
