// SPDX-License-Identifier: Apache-2.0
// Values that say what is done to content: expires, types, error_page, gzip_proxied, and those of one word.
#include <algorithm>
#include <array>

#include "shared/config/nearest.h"
#include "shared/config/scalar.h"
#include "shared/config/value.h"

namespace weir::config {
namespace {

constexpr std::array<std::string_view, 3> kRobots{"off", "allow", "deny"};
constexpr std::array<std::string_view, 2> kVersions{"1.0", "1.1"};
constexpr std::array<std::string_view, 6> kExpires{"off", "epoch", "max", "", "modified", "@"};

struct ProxiedWord {
  std::string_view word;
  bool GzipProxiedSetting::*member;
};

constexpr std::array<ProxiedWord, 8> kProxied{{
    {"expired", &GzipProxiedSetting::expired},
    {"no-cache", &GzipProxiedSetting::no_cache},
    {"no-store", &GzipProxiedSetting::no_store},
    {"private", &GzipProxiedSetting::private_},
    {"no_last_modified", &GzipProxiedSetting::no_last_modified},
    {"no_etag", &GzipProxiedSetting::no_etag},
    {"auth", &GzipProxiedSetting::auth},
    {"any", &GzipProxiedSetting::any},
}};

bool takeProxiedWord(const Arguments& in, size_t word, GzipProxiedSetting& out) {
  std::array<std::string_view, kProxied.size()> known;
  for (size_t i = 0; i < known.size(); ++i) {
    if (kProxied[i].word == in[word]) return out.*kProxied[i].member = true;
    known[i] = kProxied[i].word;
  }
  return in.fail("unknown condition \"" + in[word].substr(0, 80) + "\"" + didYouMean(in[word], known));
}

bool isNone(const Arguments& in) { return in.size() == 1 && in[0] == "none" && !in.words[0].quoted; }

bool parseSeconds(const Arguments& in, size_t word, std::string_view text, ExpiresSetting& out) {
  bool negative = text.starts_with('-');
  auto time = parseTime(negative ? text.substr(1) : text);
  if (!time) return in.refuse(word, "a time, \"epoch\", \"max\" or \"off\"");
  out.seconds = std::chrono::duration_cast<std::chrono::seconds>(*time).count() * (negative ? -1 : 1);
  return true;
}

bool isExtension(std::string_view text) {
  return !text.empty() && text[0] != '.' && text.find_first_of("/\\;,") == std::string_view::npos && isFieldValue(text);
}

// "=", "=200"
bool takeResponse(const Arguments& in, size_t word, ErrorPageSetting& out) {
  std::string_view text = std::string_view(in[word]).substr(1);
  auto code = text.empty() ? std::optional<uint64_t>(0) : parseCount(text);
  if (!code || (*code != 0 && (*code < 200 || *code > 599))) return in.refuse(word, "\"=\" with a status");
  out.response = static_cast<uint16_t>(*code);
  return true;
}

bool takeCode(const Arguments& in, size_t word, ErrorPageSetting& out) {
  auto code = parseCount(in[word]);
  if (!code || *code < 300 || *code > 599) return in.refuse(word, "a status from 300 to 599");
  out.codes.push_back(static_cast<uint16_t>(*code));
  return true;
}

bool isUrl(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

}  // namespace

bool parseValue(const Arguments& in, Robots& out) { return in.oneOf(kRobots, out); }
bool parseValue(const Arguments& in, HttpVersion& out) { return in.oneOf(kVersions, out); }

bool parseValue(const Arguments& in, GzipProxiedSetting& out) {
  if (!in.count(1, kProxied.size())) return false;
  out = {};
  if (in[0] == "off") return in.size() == 1 || in.fail("\"off\" cannot stand beside other conditions");
  bool good = true;
  for (size_t i = 0; i < in.size(); ++i) good &= takeProxiedWord(in, i, out);
  return good;
}

bool parseValue(const Arguments& in, ExpiresSetting& out) {
  using Kind = ExpiresSetting::Kind;
  if (!in.count(1, 2)) return false;
  out = {};
  for (Kind kind : {Kind::Off, Kind::Epoch, Kind::Max})
    if (in.size() == 1 && in[0] == kExpires[static_cast<size_t>(kind)]) return out.kind = kind, true;
  if (in.size() == 2 && in[0] != "modified") return in.refuse(0, "\"modified\"");
  out.kind = in.size() == 2 ? Kind::Modified : in[0].starts_with('@') ? Kind::Daily : Kind::After;
  size_t word = in.size() - 1;
  if (!parseSeconds(in, word, std::string_view(in[word]).substr(out.kind == Kind::Daily ? 1 : 0), out)) return false;
  bool in_day = out.seconds >= 0 && out.seconds < 86400;
  return out.kind != Kind::Daily || in_day || in.refuse(word, "a time of day");
}

bool parseValue(const Arguments& in, TypeSetting& out) {
  if (!in.count(2, 4096)) return false;
  if (in[0].find('/') == std::string::npos || !isFieldValue(in[0])) return in.refuse(0, "a media type");
  out.type = in[0];
  for (size_t i = 1; i < in.size(); ++i) {
    if (!isExtension(in[i])) return in.refuse(i, "a file extension without its dot");
    out.extensions.push_back(lowerCase(in[i]));
  }
  return true;
}

bool parseValue(const Arguments& in, ErrorPageSetting& out) {
  if (!in.count(2, 4096)) return false;
  out.origin = in.origin;
  size_t last = in.size() - 1;
  out.target = {in[last], in.origin};
  bool goes_somewhere = in[last].starts_with('/') || in[last].starts_with('@') || in[last].starts_with('$');
  if (!goes_somewhere && !isUrl(in[last])) return in.refuse(last, "a URI, a URL or @location");
  if (!isFieldValue(in[last])) return in.refuse(last, "a URI");
  if (in[last - 1].starts_with('=') && !takeResponse(in, --last, out)) return false;
  if (last == 0) return in.fail("the statuses are missing");
  bool good = true;
  for (size_t i = 0; i < last; ++i) good &= takeCode(in, i, out);
  return good;
}

bool appendValue(const Arguments& in, std::vector<TypeSetting>& list) {
  if (isNone(in)) return list.clear(), true;
  return parseValue(in, list.emplace_back());
}

bool appendValue(const Arguments& in, std::vector<ErrorPageSetting>& list) {
  if (isNone(in)) return list.clear(), true;
  return parseValue(in, list.emplace_back());
}

std::string printValue(Robots value) { return std::string(kRobots[static_cast<size_t>(value)]); }
std::string printValue(HttpVersion value) { return std::string(kVersions[static_cast<size_t>(value)]); }

std::string printValue(const GzipProxiedSetting& value) {
  std::string text;
  for (const auto& row : kProxied)
    if (value.*row.member) text += (text.empty() ? "" : " ") + std::string(row.word);
  return text.empty() ? "off" : text;
}

std::string printValue(const ExpiresSetting& value) {
  using Kind = ExpiresSetting::Kind;
  std::string text(kExpires[static_cast<size_t>(value.kind)]);
  if (value.kind < Kind::After) return text;
  if (value.kind == Kind::Modified) text += ' ';
  std::string time = printTime(std::chrono::seconds(std::abs(value.seconds)));
  return text + (value.seconds < 0 ? "-" : "") + time;
}

std::string printValue(const TypeSetting& value) {
  std::string text = quoteWord(value.type);
  for (const auto& extension : value.extensions) text += " " + quoteWord(extension);
  return text;
}

std::string printValue(const ErrorPageSetting& value) {
  std::string text;
  for (uint16_t code : value.codes) text += std::to_string(code) + " ";
  if (value.response) text += "=" + (*value.response == 0 ? "" : std::to_string(*value.response)) + " ";
  return text + quoteWord(value.target.text);
}

}  // namespace weir::config
