// SPDX-License-Identifier: Apache-2.0
// Values of one word: switches, counts, sizes, times, paths, text.
#include <array>
#include <limits>

#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

std::string printNumber(uint64_t value) { return std::to_string(value); }
std::string printBytes(uint64_t value) { return printSize({value}); }
std::string printDuration(uint64_t value) { return printTime(Milliseconds(static_cast<int64_t>(value))); }

bool parseNumber(const Arguments& in, uint32_t& out) {
  auto value = parseCount(in[0]);
  if (!value) return in.refuse(0, "a number");
  Range range = in.range;
  range.max = std::min<uint64_t>(range.max, std::numeric_limits<uint32_t>::max());
  out = static_cast<uint32_t>(*value);
  return in.inRange(*value, range, in[0], printNumber);
}

// nginx's wildcards: a leading "*." or ".", or a trailing ".*".
bool isServerName(std::string_view name) {
  if (name.empty() || name == "$hostname") return true;
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.starts_with('.')) name.remove_prefix(1);
  if (name.ends_with(".*")) name.remove_suffix(2);
  if (name.ends_with('.')) name.remove_suffix(1);
  return isHostName(name) || (name.starts_with('[') && name.ends_with(']'));
}

bool appendServerName(const Arguments& in, size_t word, std::vector<std::string>& list) {
  if (in[word].starts_with('~')) {
    if (in[word].size() == 1) return in.fail("\"~\" has no pattern");
    list.push_back(in[word]);
    return true;
  }
  if (!isServerName(in[word])) return in.refuse(word, "a server name, a wildcard (*.example.com) or a ~pattern");
  list.push_back(lowerCase(in[word]));
  return true;
}

struct TextRuleRow {
  TextRule rule;
  bool (*accepts)(std::string_view);
  std::string_view wanted;
};

bool isMimeType(std::string_view text) {
  return text.find('/') != std::string_view::npos && text.find('/') + 1 < text.size() && isFieldValue(text);
}

bool isHttpUrl(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  return text.starts_with(kScheme) && text.size() > kScheme.size() && text[kScheme.size()] != '/' && isFieldValue(text);
}

bool isIndexFile(std::string_view text) {
  return !text.empty() && text != "/" && !text.ends_with('/') && text.find("..") == std::string_view::npos &&
         isFieldValue(text);
}

bool isMimePattern(std::string_view text) { return text == "*" || isMimeType(text); }

// scheme://host[:port], as browsers write it; one label may be "*".
bool isOrigin(std::string_view text) {
  if (text == "*" || text == "off" || text == "null") return true;
  size_t scheme = text.find("://");
  return scheme != std::string_view::npos && scheme > 0 && scheme + 3 < text.size() &&
         text.find_first_of("/ ,\"'", scheme + 3) == std::string_view::npos && isFieldValue(text);
}

constexpr std::array<TextRuleRow, 12> kTextRules{{
    {TextRule::Word, [](std::string_view text) { return !text.empty(); }, "a word"},
    {TextRule::FieldName, isToken, "the name of a header field"},
    {TextRule::MimeType, isMimeType, "a media type"},
    {TextRule::Method, isToken, "a method"},
    {TextRule::UriPath, [](std::string_view text) { return text.starts_with('/') && isFieldValue(text); },
     "a path that begins with \"/\""},
    {TextRule::Token, isToken, "a name"},
    {TextRule::IndexFile, isIndexFile, "the name of a file"},
    {TextRule::MimeTypes, isMimePattern, "a media type"},
    {TextRule::Tokens, isToken, "a name"},
    {TextRule::Origins, isOrigin, "an origin such as https://example.com"},
    {TextRule::HttpUrl, isHttpUrl, "a URL that begins with http:// and a host"},
    {TextRule::Protocols, [](std::string_view text) { return !text.empty() && text.size() < 256; },
     "a protocol's name of at most 255 bytes, such as h2"},
}};

bool appendWord(const Arguments& in, size_t word, std::vector<std::string>& list) {
  if (in.rule == TextRule::ServerName) return appendServerName(in, word, list);
  for (const auto& row : kTextRules)
    if (row.rule == in.rule && !row.accepts(in[word])) return in.refuse(word, row.wanted);
  list.push_back(in[word]);
  return true;
}

// An address without its port, as connections are bound to it before they are made.
bool parseLocalAddress(const Arguments& in, std::string& out) {
  out.clear();
  if (in[0] == "off") return true;
  auto address = Address::parse(in[0]);
  if (!address || address->isUnix()) return in.refuse(0, "an address to connect from");
  out = in[0];
  return true;
}

}  // namespace

bool parseValue(const Arguments& in, bool& out) {
  if (!in.count(1, 1)) return false;
  auto value = parseSwitch(in[0]);
  out = value.value_or(false);
  return value || in.refuse(0, "\"on\" or \"off\"");
}

bool parseValue(const Arguments& in, uint32_t& out) { return in.count(1, 1) && parseNumber(in, out); }

bool parseValue(const Arguments& in, Size& out) {
  if (!in.count(1, 1)) return false;
  auto value = parseSize(in[0]);
  if (!value) return in.refuse(0, "a size (such as 512, 8k, 1m, 2g)");
  out = *value;
  return in.inRange(out.bytes, in.range, in[0], printBytes);
}

bool parseValue(const Arguments& in, Milliseconds& out) {
  if (!in.count(1, 1)) return false;
  auto value = parseTime(in[0]);
  if (!value) return in.refuse(0, "a time (such as 500ms, 10s, 5m, 1h, 1d)");
  out = *value;
  return in.inRange(static_cast<uint64_t>(out.count()), in.range, in[0], printDuration);
}

bool parseValue(const Arguments& in, Path& out) {
  if (!in.count(1, 1)) return false;
  if (in[0].empty()) return in.fail("the path is empty");
  out.value = in.absolute(in[0]);
  return true;
}

bool parseValue(const Arguments& in, std::string& out) {
  if (!in.count(1, 1)) return false;
  if (in.rule == TextRule::LocalAddress) return parseLocalAddress(in, out);
  for (const auto& row : kTextRules)
    if (row.rule == in.rule && !row.accepts(in[0])) return in.refuse(0, row.wanted);
  out = in[0];
  return true;
}

bool parseValue(const Arguments& in, TemplateText& out) {
  if (!in.count(1, 1)) return false;
  if (in[0].empty()) return in.fail("the value is empty");
  out = {in.rule == TextRule::Path ? in.absolute(in[0]) : in[0], in.origin};
  return true;
}

bool parseValue(const Arguments& in, AutoNumber& out) {
  if (!in.count(1, 1)) return false;
  out.value.reset();
  return in[0] == "auto" || parseNumber(in, out.value.emplace());
}

bool appendValue(const Arguments& in, std::vector<std::string>& list) {
  if (in.rule < TextRule::ServerName) return parseValue(in, list.emplace_back());
  if (!in.count(1, std::numeric_limits<size_t>::max())) return false;
  bool good = true;
  for (size_t i = 0; i < in.size(); ++i) good &= appendWord(in, i, list);
  return good;
}

std::string printValue(bool value) { return value ? "on" : "off"; }
std::string printValue(uint32_t value) { return std::to_string(value); }
std::string printValue(Size value) { return printSize(value); }
std::string printValue(Milliseconds value) { return printTime(value); }
std::string printValue(const Path& value) { return value.value.empty() ? "" : quoteWord(value.value); }
std::string printValue(const TemplateText& value) { return value.text.empty() ? "" : quoteWord(value.text); }
std::string printValue(const AutoNumber& value) { return value.value ? std::to_string(*value.value) : "auto"; }
std::string printValue(const std::string& value) { return quoteWord(value); }

}  // namespace weir::config
