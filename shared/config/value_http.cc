// SPDX-License-Identifier: Apache-2.0
// Values of [http], [server] and [location] that are more than a word.
#include <algorithm>
#include <array>

#include "shared/config/nearest.h"
#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

struct NextUpstreamWord {
  std::string_view word;
  bool NextUpstreamSetting::*member;
};

constexpr std::array<NextUpstreamWord, 11> kNextUpstream{{
    {"error", &NextUpstreamSetting::error},
    {"timeout", &NextUpstreamSetting::timeout},
    {"invalid_header", &NextUpstreamSetting::invalid_header},
    {"http_500", &NextUpstreamSetting::http_500},
    {"http_502", &NextUpstreamSetting::http_502},
    {"http_503", &NextUpstreamSetting::http_503},
    {"http_504", &NextUpstreamSetting::http_504},
    {"http_403", &NextUpstreamSetting::http_403},
    {"http_404", &NextUpstreamSetting::http_404},
    {"http_429", &NextUpstreamSetting::http_429},
    {"non_idempotent", &NextUpstreamSetting::non_idempotent},
}};

bool takeNextUpstreamWord(const Arguments& in, size_t word, NextUpstreamSetting& out) {
  std::array<std::string_view, kNextUpstream.size()> known;
  for (size_t i = 0; i < known.size(); ++i) {
    if (kNextUpstream[i].word == in[word]) return out.*kNextUpstream[i].member = true;
    known[i] = kNextUpstream[i].word;
  }
  return in.fail("unknown condition \"" + in[word].substr(0, 80) + "\"" + didYouMean(in[word], known));
}

constexpr std::array<std::string_view, 3> kLingering{"off", "on", "always"};

struct MatchPrefix {
  std::string_view mark;
  LocationPattern::Match match;
};

// "~*" stands before "~", which it begins with.
constexpr std::array<MatchPrefix, 5> kMatches{{
    {"=", LocationPattern::Match::Exact},
    {"^~", LocationPattern::Match::PrefixFinal},
    {"~*", LocationPattern::Match::RegexNoCase},
    {"~", LocationPattern::Match::Regex},
    {"@", LocationPattern::Match::Named},
}};

bool isRedirect(uint16_t code) { return code == 301 || code == 302 || code == 303 || code == 307 || code == 308; }

bool isUrl(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://") || text.starts_with("$scheme");
}

// Whether the element was written by the section whose lines are being read, and not inherited.
bool isOwn(const Arguments& in, const HeaderSetting& header) {
  return std::find(in.earlier.begin(), in.earlier.end(), header.value.origin) != in.earlier.end();
}

bool isNone(const Word& word) { return word.text == "none" && !word.quoted; }

void eraseHeader(std::vector<HeaderSetting>& list, std::string_view name) {
  std::erase_if(list, [&](const HeaderSetting& header) { return lowerCase(header.name) == lowerCase(name); });
}

}  // namespace

bool parseValue(const Arguments& in, LargeBuffersSetting& out) {
  if (!in.count(2, 2)) return false;
  auto number = parseCount(in[0]);
  auto size = parseSize(in[1]);
  if (!number || *number == 0 || *number > 1024) return in.refuse(0, "a number of buffers from 1 to 1024");
  if (!size || size->bytes < 512 || size->bytes > (16u << 20)) return in.refuse(1, "a size from 512 to 16m");
  out = {static_cast<uint32_t>(*number), *size};
  return true;
}

bool parseValue(const Arguments& in, KeepaliveTimeoutSetting& out) {
  if (!in.count(1, 2)) return false;
  auto timeout = parseTime(in[0]);
  if (!timeout) return in.refuse(0, "a time (such as 75s; 0 turns keep-alive off)");
  out.timeout = *timeout;
  out.header.reset();
  if (in.size() == 1) return true;
  out.header = parseTime(in[1]);
  return out.header || in.refuse(1, "a time for the Keep-Alive header");
}

bool parseValue(const Arguments& in, ReturnSetting& out) {
  if (!in.count(1, 2)) return false;
  out = {302, {in[0], in.origin}};
  if (in.size() == 1 && isUrl(in[0])) return true;
  auto code = parseCount(in[0]);
  if (!code) return in.refuse(0, "a status, nor a URL that begins with http://, https:// or $scheme");
  if (*code < 200 || *code > 599) return in.fail(in[0] + " is out of range: a status is 200 to 599");
  out.code = static_cast<uint16_t>(*code);
  out.text.text = in.size() == 2 ? in[1] : "";
  if (isRedirect(out.code) && out.text.text.empty()) return in.fail(in[0] + " needs the URL to redirect to");
  if (isRedirect(out.code) && !isFieldValue(out.text.text)) return in.refuse(1, "a URL");
  if (out.code == 444 && in.size() == 2) return in.fail("444 closes the connection and takes no text");
  return true;
}

bool parseValue(const Arguments& in, NextUpstreamSetting& out) {
  if (!in.count(1, kNextUpstream.size())) return false;
  out = {.error = false, .timeout = false};
  if (in[0] == "off") return in.size() == 1 || in.fail("\"off\" cannot stand beside other conditions");
  bool good = true;
  for (size_t i = 0; i < in.size(); ++i) good &= takeNextUpstreamWord(in, i, out);
  return good;
}

bool parseValue(const Arguments& in, LingeringClose& out) {
  if (!in.count(1, 1)) return false;
  auto found = std::find(kLingering.begin(), kLingering.end(), in[0]);
  if (found == kLingering.end()) return in.refuse(0, "\"off\", \"on\" or \"always\"");
  out = static_cast<LingeringClose>(found - kLingering.begin());
  return true;
}

bool parseValue(const Arguments& in, LocationPattern& out) {
  if (!in.count(1, 2)) return false;
  std::string_view mark, pattern = in[0];
  out.match = LocationPattern::Match::Prefix;
  for (const auto& row : kMatches) {
    if (!pattern.starts_with(row.mark)) continue;
    out.match = row.match;
    mark = row.mark;
    pattern.remove_prefix(mark.size());
    break;
  }
  if (in.size() == 2 && (mark.empty() || !pattern.empty())) return in.refuse(0, "one of = ^~ ~ ~*");
  out.pattern = in.size() == 2 ? in[1] : std::string(pattern);
  if (out.pattern.empty()) return in.fail("the pattern is empty");
  bool is_path = mark.empty() || mark == "=" || mark == "^~";
  if (!is_path || out.pattern.starts_with('/')) return true;
  bool label = in.directive == "location";
  return in.fail("\"" + out.pattern + "\" does not begin with \"/\"" +
                 (label ? "; a name needs a line \"match = PATTERN\"" : ""));
}

bool parseValue(const Arguments& in, HeaderSetting& out) {
  bool can_be_always = in.directive == "add_header";
  if (!in.count(2, 4096)) return false;
  if (!isToken(in[0])) return in.refuse(0, "the name of a header field");
  size_t end = in.size();
  out.always = can_be_always && end > 2 && in.words[end - 1].text == "always" && !in.words[end - 1].quoted;
  if (out.always) --end;
  out.name = in[0];
  out.value = {in[1], in.origin};
  for (size_t i = 2; i < end; ++i) out.value.text += " " + in[i];
  return isFieldValue(out.value.text) || in.fail("the value holds a control character");
}

bool parseValue(const Arguments& in, RedirectRule& out) {
  if (!in.count(1, 2)) return false;
  if (in.size() == 2) {
    out = {RedirectRule::Kind::Replace, {in[0], in.origin}, {in[1], in.origin}};
    return !in[0].empty() || in.fail("what is to be replaced is empty");
  }
  out.kind = in[0] == "off" ? RedirectRule::Kind::Off : RedirectRule::Kind::Default;
  return in[0] == "off" || in[0] == "default" || in.refuse(0, "\"default\", \"off\" or REDIRECT REPLACEMENT");
}

bool appendValue(const Arguments& in, std::vector<HeaderSetting>& list) {
  if (in.size() == 1 && isNone(in.words[0])) return list.clear(), true;
  if (in.size() == 2 && isNone(in.words[1])) {
    if (!isToken(in[0])) return in.refuse(0, "the name of a header field");
    return eraseHeader(list, in[0]), true;
  }
  HeaderSetting header;
  if (!parseValue(in, header)) return false;
  std::erase_if(list, [&](const HeaderSetting& other) {
    return !isOwn(in, other) && lowerCase(other.name) == lowerCase(header.name);
  });
  list.push_back(std::move(header));
  return true;
}

std::string printValue(const LargeBuffersSetting& value) {
  return std::to_string(value.number) + " " + printSize(value.size);
}

std::string printValue(const KeepaliveTimeoutSetting& value) {
  return printTime(value.timeout) + (value.header ? " " + printTime(*value.header) : "");
}

std::string printValue(const ReturnSetting& value) {
  if (value.code == 0) return "";
  return std::to_string(value.code) + (value.text.text.empty() ? "" : " " + quoteWord(value.text.text));
}

std::string printValue(const NextUpstreamSetting& value) {
  std::string text;
  for (const auto& row : kNextUpstream)
    if (value.*row.member) text += (text.empty() ? "" : " ") + std::string(row.word);
  return text.empty() ? "off" : text;
}

std::string printValue(LingeringClose value) { return std::string(kLingering[static_cast<size_t>(value)]); }

std::string printValue(const LocationPattern& value) {
  for (const auto& row : kMatches)
    if (row.match == value.match)
      return value.match == LocationPattern::Match::Named ? quoteWord("@" + value.pattern)
                                                          : std::string(row.mark) + " " + quoteWord(value.pattern);
  return quoteWord(value.pattern);
}

std::string printValue(const HeaderSetting& value) {
  return value.name + " " + quoteWord(value.value.text, true) + (value.always ? " always" : "");
}

std::string printValue(const RedirectRule& value) {
  if (value.kind == RedirectRule::Kind::Replace) return quoteWord(value.from.text) + " " + quoteWord(value.to.text);
  return value.kind == RedirectRule::Kind::Off ? "off" : "default";
}

}  // namespace weir::config
